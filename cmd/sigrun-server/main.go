// Command sigrun-server is the server.
package main

import (
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/node"
)

func main() {
	cfg := config.New(glob.Match, slog.Default())
	if err := cfg.LoadArgs(os.Args[1:], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	n, err := node.Start(node.Options{Config: cfg, Log: slog.Default(), Cores: func(n int) { runtime.GOMAXPROCS(n) }})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	_ = n.Close()
}
