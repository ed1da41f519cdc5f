// Renders templates as bank-vaults does: text/template with all functions of
// sprig, and "${" and "}" around actions. A line of JSON in, a line of JSON out.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type request struct {
	// Bytes, which JSON has as base64.
	Template []byte
	Data     json.RawMessage
}

type answer struct {
	Text  []byte `json:"text"`
	Error string `json:"error,omitempty"`
}

func render(in request) answer {
	parsed, err := template.New("t").Funcs(sprig.TxtFuncMap()).
		Delims("${", "}").Parse(string(in.Template))
	if err != nil {
		return answer{Error: err.Error()}
	}
	// As Vault's client: numbers keep their text.
	decoder := json.NewDecoder(bytes.NewReader(in.Data))
	decoder.UseNumber()
	var data map[string]interface{}
	if err := decoder.Decode(&data); err != nil {
		return answer{Error: err.Error()}
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, data); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Text: out.Bytes()}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var in request
		if err := json.Unmarshal(lines.Bytes(), &in); err != nil {
			panic(err)
		}
		if err := out.Encode(render(in)); err != nil {
			panic(err)
		}
	}
}
