package control

import (
	"slices"

	"sigrun/protocol/command"
)

// Rows are the commands of this family, for a node that is one of a cluster or not.
func Rows(clustered bool) []Row {
	return slices.Concat(clientRows(), serverRows(), userRows(), memoryRows(), persistRows(), roleRows(), hotKeyRows(), clusterRows(clustered))
}

const common = command.NoScript | command.Loading | command.Stale

func clientRows() []Row {
	row := func(run Handler, name string, arity int, since, summary, complexity string, tips ...string) Row {
		return Row{Run: run, Spec: command.Spec{Name: "CLIENT|" + name, Arity: arity, Flags: common | command.Admin | command.Personal, ACL: command.CatConnection,
			Place: command.OnControl, Group: "connection", Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
	}
	return []Row{
		row(clientList, "LIST", -2, "2.4.0", "Lists the connections.", "O(N) where N is the number of connections", "nondeterministic_output"),
		row(clientKill, "KILL", -3, "2.4.0", "Closes connections.", "O(N) where N is the number of connections"),
		row(clientPause, "PAUSE", -3, "3.0.0", "Holds commands back for a time.", "O(1)"),
		row(clientUnpause, "UNPAUSE", 2, "6.2.0", "Goes on with the commands that a pause holds back.", "O(N) where N is the number of paused connections"),
		row(clientUnblock, "UNBLOCK", -3, "5.0.0", "Ends the wait of a blocked connection.", "O(N) where N is the number of connections"),
	}
}

func serverRows() []Row {
	row := func(run Handler, name string, arity int, flags command.Flag, since, summary, complexity string, tips ...string) Row {
		return Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: flags, Place: command.OnControl,
			Group: "server", Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
	}
	admin := common | command.Admin
	everywhere := []string{"request_policy:all_nodes", "response_policy:all_succeeded"}
	info := row(info, "INFO", -1, command.Loading|command.Stale, "1.0.0", "Tells about the server, by sections.", "O(1)",
		"nondeterministic_output", "request_policy:all_shards", "response_policy:special")
	info.Spec.ACL = command.CatDangerous
	set := row(configSet, "CONFIG|SET", -4, admin, "2.0.0", "Sets parameters of the running server.", "O(N) where N is the number of parameters", everywhere...)
	set.Spec.Secrets = configSecrets
	return []Row{
		row(configGet, "CONFIG|GET", -3, admin, "2.0.0", "Returns parameters and their values.", "O(N) where N is the number of patterns"),
		set,
		row(configResetStat, "CONFIG|RESETSTAT", 2, admin, "2.0.0", "Starts the statistics of INFO again.", "O(1)", everywhere...),
		row(configRewrite, "CONFIG|REWRITE", 2, admin, "2.8.0", "Brings the configuration file up to what is set now.", "O(1)", everywhere...),
		row(configHelp, "CONFIG|HELP", 2, command.Loading|command.Stale, "5.0.0", "Describes the subcommands.", "O(1)"),
		info,
		row(shutdown, "SHUTDOWN", -1, admin|command.NoMulti|command.AllowBusy, "1.0.0", "Ends the server.", "O(1)"),
	}
}
