package exec

import "sigrun/internal/metrics"

// Figures are what INFO tells of scripts that run.
func (e *Engine) Figures() []metrics.Row {
	return []metrics.Row{
		metrics.Level("scripts_running", e.Stats.ScriptsRunning.Load),
		metrics.Level("scripts_at_once", e.Stats.ScriptsAtOnce.Load),
		metrics.Total("script_restarts", e.Stats.ScriptRestarts.Load),
	}
}
