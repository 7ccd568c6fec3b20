// Package acl says what users may do. A User is a compiled value that never changes: whoever checks a command against it takes no
// lock, allocates nothing and looks nothing up by name. An Account is what a user's name stands for over its life; sessions hold
// one and find in it the User of the moment. Users is the table of the accounts, Log what was refused. Nothing here knows
// sockets, sessions or keys: it decides on a command by its row, its words and the number of a database.
package acl
