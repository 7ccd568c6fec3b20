package actors

import "sigrun/internal/metrics"

// Figures are what INFO tells of tokens, rings and executors.
func (d *Dispatcher) Figures() []metrics.Row {
	s := &d.Stats
	return []metrics.Row{
		metrics.Level("shards", d.Shards),
		metrics.Level("workers", d.Workers),
		metrics.Total("calls_handed_off", s.HandOffs.Value),
		metrics.Total("token_tries_lost", s.LostTries.Value),
		metrics.Total("claims", s.Claims.Load),
		metrics.Total("claims_queued", s.Queued.Load),
		metrics.Total("all_token_sections", s.AllTokens.Load),
		metrics.Total("calls_executed", s.Executed.Load),
		metrics.Total("mail_passed_on", s.PassedOn.Load),
	}
}
