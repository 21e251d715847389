/// Whether Go can parse a template of `spec.template.data` (text/template/parse, `parse.go`).

package enum GoTemplateCheck {
  /// What is wrong with a template; nil if a controller can parse it.
  package static func fault(in text: String) -> String? { GoTemplate.fault(in: text) }
}

package struct GoTemplate {
  private let tokens: [GoTemplateToken]
  private var position = 0
  /// The defined variables, `$` first.
  private var variables = ["$"]
  private var rangeDepth = 0
  private var depth = 0

  /// What is wrong with a template; nil if a controller can parse it.
  package static func fault(in text: String) -> String? {
    guard text.contains("{{") else { return nil }
    do throws(GoTemplateFault) {
      var template = GoTemplate(tokens: try GoTemplateLexer.tokens(of: text))
      try template.list(.top)
      return nil
    } catch {
      return error.message
    }
  }

  private init(tokens: [GoTemplateToken]) { self.tokens = tokens }

  // MARK: Tokens

  private func peek() -> GoTemplateToken { tokens[position] }

  private mutating func next() -> GoTemplateToken {
    let token = tokens[position]
    // The last token, `end`, is returned again and again.
    if position < tokens.count - 1 { position += 1 }
    return token
  }

  private mutating func nextWord() -> GoTemplateToken {
    while peek() == .space { _ = next() }
    return next()
  }

  private mutating func peekWord() -> GoTemplateToken {
    while peek() == .space { _ = next() }
    return peek()
  }

  private mutating func expect(_ token: GoTemplateToken, _ what: String) throws(GoTemplateFault) {
    guard nextWord() == token else { throw GoTemplateFault("unexpected word in \(what)") }
  }

  // MARK: Lists and actions

  private enum Ending { case end, `else` }

  /// Where a list is: in the text itself, or in the body of an action.
  private enum Level { case top, body }

  /// Parses text and actions up to `{{end}}` or `{{else}}`; at the top, to the end of the text.
  @discardableResult
  private mutating func list(_ level: Level) throws(GoTemplateFault) -> Ending {
    depth += 1
    defer { depth -= 1 }
    guard depth < 100 else { throw GoTemplateFault("it nests deeper than 100 levels") }
    while true {
      switch next() {
      case .text: continue
      case .end:
        guard level == .top else { throw GoTemplateFault("unexpected EOF: an {{end}} is missing") }
        return .end
      case .open:
        guard case .keyword(let word) = peekWord() else {
          try pipeline("command", until: .close)
          continue
        }
        _ = nextWord()
        if word == "end" || word == "else" {
          guard level == .body else { throw GoTemplateFault("unexpected {{\(word)}}") }
          if word == "end" { try expect(.close, "end") }
          return word == "end" ? .end : .else
        }
        try keyword(word, at: level)
      default: throw GoTemplateFault("unexpected word")
      }
    }
  }

  private mutating func keyword(_ word: String, at level: Level) throws(GoTemplateFault) {
    switch word {
    case "if", "with", "range": try control(word)
    case "define":
      guard level == .top else { throw GoTemplateFault("unexpected {{define}}") }
      try expect(.string, "define clause")
      try expect(.close, "define clause")
      try body("define")
    case "block":
      try expect(.string, "block clause")
      try pipeline("block clause", until: .close)
      try body("block")
    case "template":
      try expect(.string, "template clause")
      if peekWord() == .close {
        _ = nextWord()
      } else {
        try pipeline("template clause", until: .close)
      }
    default:
      // break and continue.
      guard rangeDepth > 0 else { throw GoTemplateFault("{{\(word)}} outside {{range}}") }
      try expect(.close, word)
    }
  }

  /// Parses the body of a definition, which has its own variables.
  private mutating func body(_ what: String) throws(GoTemplateFault) {
    let before = (variables, rangeDepth)
    (variables, rangeDepth) = (["$"], 0)
    guard try list(.body) == .end else {
      throw GoTemplateFault("unexpected {{else}} in \(what)")
    }
    (variables, rangeDepth) = before
  }

  private mutating func control(_ word: String) throws(GoTemplateFault) {
    let count = variables.count
    try pipeline(word, until: .close)
    if word == "range" { rangeDepth += 1 }
    var ending = try list(.body)
    if word == "range" { rangeDepth -= 1 }
    if ending == .else {
      // `{{else if}}` and `{{else with}}` are nested and share one {{end}}.
      if case .keyword(let nested) = peekWord(), nested == word, word != "range" {
        _ = nextWord()
        try control(nested)
      } else {
        try expect(.close, "else")
        ending = try list(.body)
        guard ending == .end else { throw GoTemplateFault("expected end; found {{else}}") }
      }
    }
    variables.removeLast(variables.count - count)
  }

  // MARK: Pipelines

  private mutating func pipeline(
    _ context: String, until end: GoTemplateToken
  ) throws(GoTemplateFault) {
    depth += 1
    defer { depth -= 1 }
    guard depth < 100 else { throw GoTemplateFault("it nests deeper than 100 levels") }
    try declarations(context)
    var commands = 0
    while true {
      switch peekWord() {
      case end:
        _ = nextWord()
        guard commands > 0 else { throw GoTemplateFault("missing value for \(context)") }
        return
      case .boolean, .character, .dot, .field, .identifier, .number, .nil, .string, .variable,
        .leftParenthesis:
        try command(after: commands)
        commands += 1
      default: throw GoTemplateFault("unexpected word in \(context)")
      }
    }
  }

  /// Parses `$x := `, `$x = `, and in a range `$i, $x := `.
  ///
  /// Go notices only when it renders that the variable of `$x = ` is undefined.
  private mutating func declarations(_ context: String) throws(GoTemplateFault) {
    let start = position
    var names: [String] = []
    while case .variable(let name) = peekWord() {
      _ = nextWord()
      names.append(name)
      switch peekWord() {
      case .declare:
        _ = nextWord()
        variables += names
        return
      case .assign:
        _ = nextWord()
        for name in names { try check(variable: name) }
        return
      case .comma where context == "range" && names.count < 2:
        _ = nextWord()
        continue
      default: break
      }
      break
    }
    guard names.count < 2 else { throw GoTemplateFault("missing value for range") }
    position = start
  }

  private func check(variable name: String) throws(GoTemplateFault) {
    guard variables.contains(name) else { throw GoTemplateFault("undefined variable \"\(name)\"") }
  }

  /// Parses operands up to a pipe or the end of the pipeline.
  ///
  /// - Parameter count: how many commands of the pipeline are before it.
  private mutating func command(after count: Int) throws(GoTemplateFault) {
    let first = peekWord()
    if count > 0, [.boolean, .dot, .nil, .number, .string, .character].contains(first) {
      throw GoTemplateFault("non executable command in pipeline")
    }
    var operands = 0
    while true {
      let token = peekWord()
      guard try operand(token) else { break }
      operands += 1
      if peek() == .space, ![.pipe, .close, .rightParenthesis].contains(peekWord()) { continue }
      break
    }
    guard operands > 0 else { throw GoTemplateFault("empty command") }
    switch peekWord() {
    case .pipe: _ = nextWord()
    case .close, .rightParenthesis: return
    default: throw GoTemplateFault("unexpected word in operand")
    }
  }

  /// Parses one operand and the fields after it; false if there is none.
  private mutating func operand(_ token: GoTemplateToken) throws(GoTemplateFault) -> Bool {
    switch token {
    case .identifier(let name):
      guard GoTemplateFunctions.names.contains(name) else {
        throw GoTemplateFault("function \"\(name)\" not defined")
      }
      _ = nextWord()
    case .variable(let name):
      try check(variable: name)
      _ = nextWord()
    case .leftParenthesis:
      _ = nextWord()
      try pipeline("parenthesized pipeline", until: .rightParenthesis)
    case .field, .dot, .nil, .boolean, .number, .string, .character: _ = nextWord()
    default: return false
    }
    guard peek() == .field else { return true }
    if [.dot, .nil, .boolean, .number, .string, .character].contains(token) {
      throw GoTemplateFault("unexpected . after term")
    }
    while peek() == .field { _ = next() }
    return true
  }
}
