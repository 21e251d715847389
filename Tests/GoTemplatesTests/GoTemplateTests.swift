/// Which templates Go's text/template parses, by its own rules.

import GoTemplates
import Testing

@Suite("Go templates")
struct GoTemplateTests {
  @Test(
    "what Go parses has no fault",
    arguments: [
      "", "text", "{{ .a }}", "{{- .a -}}", "{{ index . \"tls.crt\" }}", "{{/* a comment */}}",
      "{{ if .a }}x{{ else if .b }}y{{ else }}z{{ end }}",
      "{{ range $k, $v := . }}{{ $k }}{{ end }}",
      "{{ with .a }}{{ . }}{{ end }}", "{{ .a | b64enc | quote }}", "{{ `raw }}` }}",
      "{{ define \"t\" }}x{{ end }}{{ template \"t\" . }}", "{{ (index . \"a\") | upper }}",
      "{{ $x := 1 }}{{ $x = 2 }}{{ $x }}",
    ])
  func parsed(text: String) {
    #expect(GoTemplateCheck.fault(in: text) == nil, "\(text)")
  }

  @Test(
    "what Go refuses has a fault",
    arguments: [
      "{{", "{{ .a", "{{ .a }", "{{ if .a }}", "{{ end }}", "{{ else }}", "{{ \"open }}",
      "{{ | .a }}", "{{ unknownfunction .a }}", "{{ $x }}", "{{ ) }}", "{{ ( .a }}",
      "{{ range }}{{ end }}", "{{ if .a }}{{ else }}{{ else }}{{ end }}", "{{/* open }}",
      "{{ template }}", "{{ 'ab' }}",
    ])
  func refused(text: String) {
    #expect(GoTemplateCheck.fault(in: text) != nil, "\(text)")
  }

  @Test("a trim marker needs a blank, or it is a minus")
  func trimmed() {
    #expect(GoTemplateCheck.fault(in: "a {{- .b }}") == nil)
    #expect(GoTemplateCheck.fault(in: "{{-3}}") == nil)
    #expect(GoTemplateCheck.fault(in: "{{-.b}}") != nil)
  }
}
