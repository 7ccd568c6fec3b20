package exec

// ScriptRun is the script that a Ctx is executing.
type ScriptRun struct{}
