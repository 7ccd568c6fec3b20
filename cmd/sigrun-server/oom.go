package main

import (
	"errors"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"sigrun/internal/config"
)

// oomScore is what the kernel's out-of-memory killer is told: parameters oom-score-adj
// and oom-score-adj-values, of which a primary's counts.
type oomScore struct {
	adjusted bool
	base     int // before anything was adjusted
}

const oomFile = "/proc/self/oom_score_adj"

// apply tells the kernel what the parameters say, or what it said itself before.
func (o *oomScore) apply(cfg *config.Registry, log *slog.Logger) error {
	failed := func(err error) error {
		log.Warn("Unable to change oom_score_adj: " + config.Reason(err))
		return errors.New("Failed to set current oom_score_adj. Check server logs.")
	}
	mode := cfg.Value("oom-score-adj").Int64()
	if mode == config.OOMOff && !o.adjusted {
		return nil
	}
	if !o.adjusted {
		text, err := os.ReadFile(oomFile)
		if err == nil {
			o.base, err = strconv.Atoi(strings.TrimSpace(string(text)))
		}
		if err != nil {
			return failed(err)
		}
	}
	o.adjusted = mode != config.OOMOff
	score := o.base
	if o.adjusted {
		score, _ = strconv.Atoi(cfg.Value("oom-score-adj-values").Words()[0])
		if mode == config.OOMRelative {
			score += o.base
		}
		score = min(max(score, -1000), 1000)
	}
	if err := os.WriteFile(oomFile, []byte(strconv.Itoa(score)), 0); err != nil {
		return failed(err)
	}
	return nil
}
