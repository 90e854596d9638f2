import { FabricError } from '../errors.ts'

/** The syntax of a policy text, not yet its meaning. */
export type PolicyExpression =
  | { readonly kind: 'principal'; readonly text: string }
  | {
      readonly kind: 'gate'
      readonly needed: number
      readonly parts: readonly PolicyExpression[]
    }

interface Token {
  readonly kind: 'word' | 'quoted' | 'number' | 'mark'
  readonly text: string
  readonly at: number
}

const tokenPattern = /\s*(?:([A-Za-z]+)|'([^'\\]*)'|"([^"\\]*)"|(\d+)|([(),]))/y
/** Fabric takes each gate's name in these three spellings only. */
const gateNames = ['And', 'Or', 'OutOf'].flatMap((name) => [name, name.toLowerCase(), name.toUpperCase()])
/** Deeper nesting than any real policy; a bound so that hostile text cannot exhaust the stack. */
const maxDepth = 64

/** Parses `GATE(part, …)`. @throws FabricError INVALID with the position in the text. */
export function parsePolicyExpression(text: string): PolicyExpression {
  const tokens = tokenize(text)
  const reader = new ExpressionReader(text, tokens)
  const gate = reader.gate(0)
  reader.end()
  return gate
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  tokenPattern.lastIndex = 0
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex
    const found = tokenPattern.exec(text)
    if (!found) throw invalid(text, at, 'cannot be read')
    const [, word, single, double, number, mark] = found
    const quoted = single ?? double
    if (word !== undefined) tokens.push({ kind: 'word', text: word, at })
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted, at })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, at })
    else tokens.push({ kind: 'mark', text: mark ?? '', at })
  }
  return tokens
}

class ExpressionReader {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text
    this.#tokens = tokens
  }

  gate(depth: number): PolicyExpression {
    const name = this.#take('word')
    if (!gateNames.includes(name.text)) throw invalid(this.#text, name.at, `'${name.text}' is no gate`)
    if (depth >= maxDepth) throw invalid(this.#text, name.at, 'is nested too deeply')
    this.#takeMark('(')
    const kind = name.text.toLowerCase()
    const stated = kind === 'outof' ? this.#count() : undefined
    const parts = [this.#part(depth)]
    while (this.#peekMark(',')) {
      this.#takeMark(',')
      parts.push(this.#part(depth))
    }
    this.#takeMark(')')
    const needed = stated ?? (kind === 'and' ? parts.length : 1)
    // n + 1 is what Fabric allows: a policy that nobody can satisfy.
    if (needed > parts.length + 1) throw invalid(this.#text, name.at, `asks for ${needed} of ${parts.length}`)
    return { kind: 'gate', needed, parts }
  }

  end(): void {
    const token = this.#tokens[this.#next]
    if (token) throw invalid(this.#text, token.at, 'is more than one policy')
  }

  #part(depth: number): PolicyExpression {
    const token = this.#tokens[this.#next]
    if (token?.kind !== 'quoted') return this.gate(depth + 1)
    this.#next++
    return { kind: 'principal', text: token.text }
  }

  /** `OutOf` takes its number bare or quoted. */
  #count(): number {
    const token = this.#tokens[this.#next]
    if (!token || (token.kind !== 'number' && token.kind !== 'quoted') || !/^\d{1,9}$/.test(token.text)) {
      throw invalid(this.#text, token?.at ?? this.#text.length, 'lacks the number of OutOf')
    }
    this.#next++
    this.#takeMark(',')
    return Number(token.text)
  }

  #peekMark(mark: string): boolean {
    const token = this.#tokens[this.#next]
    return token?.kind === 'mark' && token.text === mark
  }

  #takeMark(mark: string): void {
    const token = this.#tokens[this.#next]
    if (!this.#peekMark(mark)) throw invalid(this.#text, token?.at ?? this.#text.length, `lacks '${mark}'`)
    this.#next++
  }

  #take(kind: Token['kind']): Token {
    const token = this.#tokens[this.#next]
    if (token?.kind !== kind) throw invalid(this.#text, token?.at ?? this.#text.length, `lacks a ${kind}`)
    this.#next++
    return token
  }
}

function invalid(text: string, at: number, what: string): FabricError {
  return new FabricError('INVALID', `The policy ${JSON.stringify(text)} ${what} at character ${at + 1}`)
}
