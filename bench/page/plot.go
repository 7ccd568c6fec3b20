package page

import (
	"bytes"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// series is a line of a plot.
type series struct {
	name   string
	points plotter.XYs
	dots   bool // its points are shown, too
	step   bool
}

// mark is a moment that something happened at.
type mark struct {
	at   float64
	text string
}

// figure is a plot before it is drawn.
type figure struct {
	title, x, y string
	series      []series
	marks       []mark
	log         bool // the y axis
	xTicks      plot.Ticker
	limit       float64 // a line across; 0: none
	fromZero    bool
}

// palette has colours that stay apart for who does not see all of them (Okabe and Ito).
var palette = []color.RGBA{{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {230, 159, 0, 255}, {86, 180, 233, 255},
	{90, 90, 90, 255}}

const (
	width  = 620
	height = 300
)

// svg draws a figure; nothing comes of one without points.
func (f *figure) svg() (string, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = f.title, f.x, f.y
	for _, s := range []*draw.TextStyle{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
		s.Font.Variant = "Sans"
	}
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	drawn := false
	for i, s := range f.series {
		ok, err := f.draw(p, s, palette[i%len(palette)])
		if err != nil {
			return "", err
		}
		drawn = drawn || ok
	}
	if !drawn {
		return "", nil
	}
	if f.fromZero {
		p.Y.Min = 0
	}
	if p.Y.Min == p.Y.Max {
		p.Y.Max = p.Y.Min + 1
	}
	if p.X.Min == p.X.Max {
		p.X.Max = p.X.Min + 1
	}
	f.scale(p)
	f.across(p)
	c := vgsvg.New(vg.Length(width), vg.Length(height))
	p.Draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", err
	}
	return withoutHeader(b.Bytes(), f.title), nil
}

// draw adds a line to a plot.
func (f *figure) draw(p *plot.Plot, s series, c color.Color) (bool, error) {
	points := clean(s.points, f.log)
	if len(points) == 0 {
		return false, nil
	}
	line, err := plotter.NewLine(points)
	if err != nil {
		return false, err
	}
	line.Color, line.Width = c, vg.Points(1.5)
	if s.step {
		line.StepStyle = plotter.PostStep
	}
	p.Add(line)
	if s.dots || len(points) == 1 {
		dots, err := plotter.NewScatter(points)
		if err != nil {
			return false, err
		}
		dots.Color, dots.Radius, dots.Shape = c, vg.Points(2.5), draw.CircleGlyph{}
		p.Add(dots)
	}
	if s.name != "" {
		p.Legend.Add(s.name, line)
	}
	return true, nil
}

// clean leaves out what cannot be drawn.
func clean(points plotter.XYs, log bool) (out plotter.XYs) {
	for _, q := range points {
		bad := math.IsNaN(q.X) || math.IsNaN(q.Y) || math.IsInf(q.X, 0) || math.IsInf(q.Y, 0)
		if !bad && !(log && q.Y <= 0) {
			out = append(out, q)
		}
	}
	return out
}

func (f *figure) scale(p *plot.Plot) {
	if f.log {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, decades{}
		p.Y.Min, p.Y.Max = math.Pow(10, math.Floor(math.Log10(p.Y.Min))), math.Pow(10, math.Ceil(math.Log10(p.Y.Max)*1.0000001))
	} else {
		p.Y.Tick.Marker = plain{}
	}
	if f.xTicks != nil {
		p.X.Tick.Marker = f.xTicks
	}
}

// across draws marks and the limit.
func (f *figure) across(p *plot.Plot) {
	grey := color.RGBA{120, 120, 120, 255}
	add := func(points plotter.XYs, dashes ...vg.Length) {
		if line, err := plotter.NewLine(points); err == nil {
			line.Color, line.Dashes = grey, dashes
			p.Add(line)
		}
	}
	low, high := p.Y.Min, p.Y.Max
	for _, m := range f.marks {
		add(plotter.XYs{{X: m.at, Y: low}, {X: m.at, Y: high}}, 3, 3)
		if labels, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: m.at, Y: low}}, Labels: []string{" " + m.text}}); err == nil {
			labels.TextStyle[0].Font.Variant = "Sans"
			labels.TextStyle[0].Rotation = math.Pi / 2
			p.Add(labels)
		}
	}
	if f.limit > 0 {
		add(plotter.XYs{{X: p.X.Min, Y: f.limit}, {X: p.X.Max, Y: f.limit}}, 6, 3)
	}
	p.Y.Min, p.Y.Max = low, high
}

// withoutHeader is an SVG as it stands within a page, with a title for who does not see it.
func withoutHeader(b []byte, title string) string {
	if at := bytes.Index(b, []byte("<svg")); at > 0 {
		b = b[at:]
	}
	return string(bytes.Replace(b, []byte("<svg "), []byte(fmt.Sprintf("<svg role=\"img\" aria-label=%q ", title)), 1))
}

// plain are ticks with numbers as one says them.
type plain struct{}

// Ticks implements plot.Ticker.
func (plain) Ticks(min, max float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(min, max)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = short(ticks[i].Value)
		}
	}
	return ticks
}

// decades are ticks at powers of ten.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(min, max float64) (ticks []plot.Tick) {
	for v := math.Pow(10, math.Floor(math.Log10(min))); v <= max*1.001; v *= 10 {
		ticks = append(ticks, plot.Tick{Value: v, Label: short(v)})
		for i := 2.0; i < 10 && v*i <= max; i++ {
			ticks = append(ticks, plot.Tick{Value: v * i})
		}
	}
	return ticks
}

// nines are ticks of percentiles; the axis is -log10(1-q).
type nines struct{}

// Ticks implements plot.Ticker.
func (nines) Ticks(min, max float64) (ticks []plot.Tick) {
	for _, t := range []struct {
		q     float64
		label string
	}{{0, "0 %"}, {0.5, "50 %"}, {0.9, "90 %"}, {0.99, "99 %"}, {0.999, "99.9 %"}, {0.9999, "99.99 %"}, {0.99999, "99.999 %"}, {0.999999, "99.9999 %"}} {
		if at := rarity(t.q); at <= max+1e-9 {
			ticks = append(ticks, plot.Tick{Value: at, Label: t.label})
		}
	}
	return ticks
}

// rarity is where a quantile stands on the axis of nines.
func rarity(q float64) float64 { return -math.Log10(1 - q) }

// short is a number for an axis.
func short(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e6:
		return fmt.Sprintf("%.4g M", v/1e6)
	case a >= 1e4:
		return fmt.Sprintf("%.4g k", v/1e3)
	case a < 1e-9:
		return "0"
	}
	return fmt.Sprintf("%.4g", v)
}

func pow10(x float64) float64 { return math.Pow(10, x) }
