package server

import (
	"math"
	"strings"

	"sigrun/internal/num"
	"sigrun/internal/version"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

const (
	skyWidth, skyHeight       = 64, 12
	maxSkyWidth, maxSkyHeight = 512, 128
)

// lolwut implements LOLWUT [VERSION n] [width [height [time]]]: northern lights over the
// sea, at a moment of the night. All versions are the same.
func lolwut(c *exec.Ctx) error {
	args := c.Args[1:]
	if len(args) >= 2 && exec.Is(args[0], "VERSION") {
		if _, ok := num.ParseInt(args[1]); !ok {
			return resp.ErrNotInteger
		}
		args = args[2:]
	}
	size := [3]int64{skyWidth, skyHeight, c.Now / 1000 % 86400}
	for i, a := range args {
		n, ok := num.ParseInt(a)
		if !ok {
			return resp.ErrNotInteger
		}
		if i < len(size) {
			size[i] = n
		}
	}
	width, height := min(max(size[0], 1), maxSkyWidth), min(max(size[1], 4), maxSkyHeight)
	name, number := version.Name(c.Engine().Settings.AsRedis.Load())
	c.Out.Verbatim("txt", sky(int(width), int(height), size[2])+name+" ver. "+number+"\n")
	return nil
}

// sky draws three curtains of light whose hems wave, and their reflection on the water.
func sky(width, height int, moment int64) string {
	const shades = " .:-=+*#"
	phase := float64(moment) / 7
	var b strings.Builder
	water := height - height/4
	for y := range height {
		for x := range width {
			fx := float64(x) / 9
			light := 0.0
			for k := range 3 {
				hem := float64(water) * (0.55 + 0.2*float64(k-1) + 0.15*math.Sin(fx*(0.6+0.3*float64(k))+phase*float64(k+1)))
				above := hem - float64(y)
				if y >= water { // seen in the water, broken by waves
					above = hem - float64(2*water-y) + math.Sin(fx*5+phase)
				}
				if above >= 0 {
					light += math.Exp(-above/3) * (0.6 + 0.4*math.Sin(fx*3+float64(k)+phase))
				}
			}
			b.WriteByte(shades[int(min(max(light, 0), 1)*float64(len(shades)-1))])
		}
		b.WriteByte('\n')
	}
	b.WriteString(strings.Repeat("~", width) + "\n")
	return b.String()
}
