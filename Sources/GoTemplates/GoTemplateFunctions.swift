/// The functions that a controller's templates may call.

enum GoTemplateFunctions {
  /// Go's own (text/template, `builtins`) and those of Sprig 3.3 (`genericMap`), without the three
  /// that the controller removes (`sealedsecret_expansion.go`: env, expandenv, getHostByName).
  static let names: Set<String> = Set((builtins + sprig).split(separator: " ").map(String.init))

  private static let builtins =
    "and call html index slice js len not or print printf println urlquery eq ge gt le lt ne "

  private static let sprig = """
    abbrev abbrevboth add add1 add1f addf adler32sum ago all any append atoi b32dec b32enc b64dec \
    b64enc base bcrypt biggest buildCustomCert camelcase cat ceil chunk clean coalesce compact \
    concat contains date dateInZone dateModify date_in_zone date_modify decryptAES deepCopy \
    deepEqual default derivePassword dict dig dir div divf duration durationRound empty encryptAES \
    ext fail first float64 floor fromJson genCA genCAWithKey genPrivateKey genSelfSignedCert \
    genSelfSignedCertWithKey genSignedCert genSignedCertWithKey get has hasKey hasPrefix hasSuffix \
    hello htmlDate htmlDateInZone htpasswd indent initial initials int int64 isAbs join kebabcase \
    keys kindIs kindOf last list lower max maxf merge mergeOverwrite min minf mod mul mulf \
    mustAppend mustChunk mustCompact mustDateModify mustDeepCopy mustFirst mustFromJson mustHas \
    mustInitial mustLast mustMerge mustMergeOverwrite mustPrepend mustPush mustRegexFind \
    mustRegexFindAll mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit \
    mustRest mustReverse mustSlice mustToDate mustToJson mustToPrettyJson mustToRawJson mustUniq \
    mustWithout must_date_modify nindent nospace now omit osBase osClean osDir osExt osIsAbs pick \
    pluck plural prepend push quote randAlpha randAlphaNum randAscii randBytes randInt randNumeric \
    regexFind regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral \
    regexSplit repeat replace rest reverse round semver semverCompare seq set sha1sum sha256sum \
    sha512sum shuffle slice snakecase sortAlpha split splitList splitn squote sub subf substr \
    swapcase ternary title toDate toDecimal toJson toPrettyJson toRawJson toString toStrings trim \
    trimAll trimPrefix trimSuffix trimall trunc tuple typeIs typeIsLike typeOf uniq unixEpoch unset \
    until untilStep untitle upper urlJoin urlParse uuidv4 values without wrap wrapWith
    """
}
