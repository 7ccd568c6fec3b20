package aof

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestManifest(t *testing.T) {
	text := "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.1.incr.aof seq 1 type h\n" +
		"file \" file seq \\n\\n.aof .4.incr.aof\" seq 4 type i\nfile \"a\\xffb\\\"\\t.5.incr.aof\" seq 5 type i\n"
	m, err := ParseManifest([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if m.Base.Name != "appendonly.aof.2.base.rdb" || len(m.History) != 1 || len(m.Incr) != 2 || m.Incr[0].Name != " file seq \n\n.aof .4.incr.aof" ||
		m.Incr[1].Name != "a\xffb\"\t.5.incr.aof" || m.incrSeq != 5 || m.baseSeq != 2 {
		t.Errorf("%+v", m)
	}
	if string(m.Format()) != text {
		t.Errorf("%s", m.Format())
	}
	c := m.clone()
	c.Base.Name, c.Incr[0].Name, c.History[0].Name = "", "", ""
	if string(m.Format()) != text {
		t.Error("a clone is no manifest of its own")
	}
}

// Whatever order, case and further words a line has.
func TestManifestLines(t *testing.T) {
	for text, want := range map[string]string{
		"# a comment\nfile a seq 1 type i\n":                        "file a seq 1 type i\n",
		"\t TYPE i  Seq +7x New \"v w\" FILE 'it''s' \r\n":          "file its seq 7 type i\n",
		"file a seq 1 type i file b seq 2 type h\n":                 "file b seq 2 type h\n",
		"file a seq 9223372036854775808 type base\n":                "file a seq 9223372036854775807 type b\n",
		"file a seq -5 type b\n":                                    "file a seq -5 type b\n",
		"file \"a\\x00b\" seq 1 type i\n":                           "file a seq 1 type i\n",
		"file a\x00 seq 1 type i\n":                                 "The AOF manifest file contains too long line",
		"file a seq 1 type i":                                       "The AOF manifest file contains too long line",
		"file a seq 1 type i " + strings.Repeat("x", 1003) + "\n":   badFormat,
		"file a seq 1 type i " + strings.Repeat("x", 1004) + "\n":   "The AOF manifest file contains too long line",
		"file a seq 1 type i\n#" + strings.Repeat("x", 1022) + "\n": "file a seq 1 type i\n",
		"#" + strings.Repeat("x", 1023) + "file a seq 1 type i\n":   "file a seq 1 type i\n",
		"":   "Found an empty AOF manifest",
		"\n": badFormat,
		"file a seq 1 type i\n \t \nfile b seq 2 type i\n":                badFormat,
		"filx a seq 1 type i\n":                                           badFormat,
		"file a type i\n":                                                 badFormat,
		"file a seq 1 type i more\n":                                      badFormat,
		"file a seq 0 type i\n":                                           badFormat,
		"file a seq x type i\n":                                           badFormat,
		"file a seq 1 type ''\n":                                          badFormat,
		"file 'a seq 1 type i\n":                                          badFormat,
		"file a/b seq 1 type i\n":                                         "File can't be a path, just a filename",
		"file a\\b seq 1 type i\n":                                        "File can't be a path, just a filename",
		"file a seq 1 type x\n":                                           "Unknown AOF file type",
		"file a seq -1 type i\n":                                          "Found a non-monotonic sequence number",
		"file a seq 2 type i\nfile b seq 2 type i\n":                      "Found a non-monotonic sequence number",
		"file a seq 1 type b\nfile b seq 2 type b\n":                      "Found duplicate base file information",
		"file a seq 1 type b\nfile b seq 1 type h\nfile c seq 3 type i\n": "file a seq 1 type b\nfile b seq 1 type h\nfile c seq 3 type i\n",
		"# nothing\n":                                                     "",
	} {
		have := ""
		m, err := ParseManifest([]byte(text))
		if err != nil {
			have = err.Error()
		} else {
			have = string(m.Format())
		}
		if have != want {
			t.Errorf("%.80q: %q, want %q", text, have, want)
		}
	}
}

func TestManifestWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "*** FATAL AOF MANIFEST FILE ERROR ***|Found an empty AOF manifest",
		"file a seq 1 type i":              "*** FATAL AOF MANIFEST FILE ERROR ***|The AOF manifest file contains too long line",
		"file a seq 1 type i\n !!!\t\n#\n": "*** FATAL AOF MANIFEST FILE ERROR ***|Reading the manifest file, at line 2|>>> '!!!'|" + badFormat,
	} {
		_, err := ParseManifest([]byte(text))
		var e *ManifestError
		if !errors.As(err, &e) || strings.Join(e.Words(), "|") != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A name so long that its line could not be read again is not written.
func TestManifestTooLong(t *testing.T) {
	m := &Manifest{Base: &Info{strings.Repeat("\xff", 255), 1, Base}}
	if _, err := m.lines(); err == nil {
		t.Error("written")
	}
	if text, err := (&Manifest{}).lines(); err != nil || len(text) != 0 {
		t.Error(err)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte("file a.1.base.rdb seq 1 type b\n# x\nfile \"a b\\x01\" seq 2 type h\nfile c seq 3 type i k v\n"))
	f.Add([]byte("file a seq 1 type i"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err != nil {
			var e *ManifestError
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			return
		}
		for _, i := range append(m.Files(), m.History...) {
			if strings.ContainsAny(i.Name, "/\\\x00") {
				t.Fatalf("%q", i.Name)
			}
			if i.Name == "" {
				return // no server has such a name
			}
		}
		out, err := m.lines()
		if err != nil || len(out) == 0 {
			return
		}
		again, err := ParseManifest(out)
		if err != nil {
			t.Fatalf("%q becomes %q: %v", text, out, err)
		}
		if !reflect.DeepEqual(m, again) {
			t.Fatalf("%q becomes %q", text, out)
		}
	})
}
