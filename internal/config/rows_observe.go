package config

import (
	"errors"
	"strconv"
	"strings"
)

// observeRows are about what the server remembers of commands.
var observeRows = []Row{
	{Name: "latency-tracking", Kind: Bool, Default: "yes",
		Doc: "Keep a histogram of the time that each command takes."},
	{Name: "latency-tracking-info-percentiles", Kind: Custom, Parse: parsePercentiles, Default: "50 99 99.9",
		Doc: "Percentiles that INFO latencystats shows, 0 to 100."},
	{Name: "latency-monitor-threshold", Kind: Int, Max: maxInt64, Default: "0",
		Doc: "Milliseconds from which on LATENCY remembers an event; 0 remembers none."},
	{Name: "hotkeys-top-k", Alias: "hotkey-top-k", Kind: Int, Max: 10000, Default: "0",
		Doc: "How many of the keys that are asked for most HOTKEYS GET tells; 0 looks for none."},
	{Name: "hotkeys-sampling-percentage", Kind: Int, Min: 1, Max: 100, Default: "1",
		Doc: "Share of accesses that is looked at for HOTKEYS."},
	{Name: "hotkeys-window-seconds", Kind: Int, Min: 1, Max: 3600, Default: "10",
		Doc: "How long accesses are counted before HOTKEYS tells of them and counting begins again."},
	{Name: "commandlog-execution-slower-than", Alias: "slowlog-log-slower-than", Kind: Int, Min: -1, Max: maxInt64, Default: "10000",
		Doc: "Microseconds from which on a command is logged as slow; -1 logs none."},
	{Name: "commandlog-slow-execution-max-len", Alias: "slowlog-max-len", Kind: Int, Max: maxInt64, Default: "128",
		Doc: "Entries of the log of slow commands."},
	{Name: "commandlog-request-larger-than", Kind: Int, Min: -1, Max: maxInt64, Default: "1048576",
		Doc: "Bytes from which on a request is logged as large; -1 logs none."},
	{Name: "commandlog-large-request-max-len", Kind: Int, Max: maxInt64, Default: "128",
		Doc: "Entries of the log of large requests."},
	{Name: "commandlog-reply-larger-than", Kind: Int, Min: -1, Max: maxInt64, Default: "1048576",
		Doc: "Bytes from which on a reply is logged as large; -1 logs none."},
	{Name: "commandlog-large-reply-max-len", Kind: Int, Max: maxInt64, Default: "128",
		Doc: "Entries of the log of large replies."},
}

// parsePercentiles reads any number of percentiles.
func parsePercentiles(words []string, _ State) (State, error) {
	text := []string{}
	for _, w := range words {
		if w == "" {
			continue
		}
		f, err := strconv.ParseFloat(w, 64)
		if err != nil {
			return State{}, errors.New("Invalid latency-tracking-info-percentiles parameters")
		}
		if !(f >= 0 && f <= 100) {
			return State{}, errors.New("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
		}
		text = append(text, strconv.FormatFloat(f, 'f', -1, 64))
	}
	return State{Text: strings.Join(text, " "), Words: text}, nil
}
