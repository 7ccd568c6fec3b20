package node

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"sigrun/protocol/command"
)

// docs/commands.md is made from the table: UPDATE=1 go test ./node writes it.
func TestCommandsAreDocumented(t *testing.T) {
	want := commandsPage(newCommands(nil, true).table)
	const path = "../docs/commands.md"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != want {
		t.Fatal("docs/commands.md is not what the command table says: UPDATE=1 go test ./node writes it")
	}
}

func commandsPage(table *command.Table) string {
	var b strings.Builder
	b.WriteString("# Commands\n\nMade from the command table. A command that is not here answers \"unknown command\".\n\n")
	b.WriteString("| command | group | since | what it does |\n|---|---|---|---|\n")
	for _, s := range table.Top() {
		line(&b, s)
		for _, sub := range s.Subs {
			line(&b, sub)
		}
	}
	return b.String()
}

func line(b *strings.Builder, s *command.Spec) {
	name := strings.ToUpper(strings.ReplaceAll(s.FullName(), "|", " "))
	fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, s.Group, s.Since, s.Summary)
}

// Every row has exactly one handler, on one floor.
func TestEveryCommandHasOneHandler(t *testing.T) {
	c := newCommands(nil, true)
	for id, s := range c.table.Specs() {
		n := 0
		for _, there := range []bool{c.shard[id] != nil, c.session[id] != nil, c.control[id] != nil} {
			if there {
				n++
			}
		}
		if container := len(s.Subs) > 0; n != 1 && !(container && n == 0) {
			t.Errorf("%s has %d handlers", s.FullName(), n)
		}
	}
}
