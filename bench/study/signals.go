package study

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// caught is a context that ends with INT, TERM or HUP, so that what was measured until then is told. Outside of it signals do what they
// always do: who reads a file or waits for the reader of a result holds nobody up. So does a second one.
func caught(ctx context.Context) (context.Context, func()) {
	list := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // under nohup it stays so
		list = append(list, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(ctx, list...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
