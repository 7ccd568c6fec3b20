// Package typed is how handlers reach values of a type: one look-up (exec.Ctx.Look), the check for WRONGTYPE and a view of the
// value with what its methods ask for, the memory of its shard and the limits of its small form. Families of commands use it;
// a target is valid until the next change of its shard.
package typed
