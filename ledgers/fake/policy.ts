import { PlatformError } from '@cello/model'

/** Whether endorsements of these organizations (MSP ids) satisfy the policy. */
export type PolicyCheck = (mspIds: ReadonlySet<string>) => boolean

type Expression =
  | { readonly kind: 'principal'; readonly mspId: string; readonly role: string }
  | { readonly kind: 'gate'; readonly needed: number; readonly parts: readonly Expression[] }

/** More than half of the members: the meaning of every channel policy of the fake ledger. */
export function majority(memberMspIds: readonly string[]): PolicyCheck {
  return (mspIds) => memberMspIds.filter((id) => mspIds.has(id)).length * 2 > memberMspIds.length
}

/** A signature policy as a check. Roles are not looked at. @throws LEDGER_REFUSED when it cannot be read. */
export function signaturePolicy(text: string): PolicyCheck {
  const expression = parse(text)
  return (mspIds) => isMet(expression, mspIds)
}

/** The policy in one of the many ways to write it; names of channel policies stay. @throws LEDGER_REFUSED when it cannot be read. */
export function normalizeFakePolicy(text: string): string {
  return text.startsWith('/') ? text : print(parse(text))
}

function isMet(expression: Expression, mspIds: ReadonlySet<string>): boolean {
  if (expression.kind === 'principal') return mspIds.has(expression.mspId)
  return expression.parts.filter((part) => isMet(part, mspIds)).length >= expression.needed
}

function print(expression: Expression): string {
  if (expression.kind === 'principal') return `'${expression.mspId}.${expression.role}'`
  const { needed, parts } = expression
  const list = parts.map(print).join(', ')
  if (needed === 1) return `OR(${list})`
  return needed === parts.length ? `AND(${list})` : `OutOf(${needed}, ${list})`
}

/** Reads `AND('A.peer', OR('B.member', 'C.admin'))` and `OutOf(2, …)` in any case, as Fabric's policydsl does. */
function parse(text: string): Expression {
  const tokens: string[] = text.match(/'[^']*'|"[^"]*"|[\w.-]+|\S/g) ?? []
  const expression = parseTerm(tokens)
  if (!expression || tokens.length > 0) {
    throw new PlatformError('LEDGER_REFUSED', { detail: `the policy ${text} cannot be read` })
  }
  return expression.kind === 'gate' ? expression : { kind: 'gate', needed: 1, parts: [expression] }
}

/** Takes a term off the front; undefined when there is none. */
function parseTerm(tokens: string[]): Expression | undefined {
  const token = tokens.shift() ?? ''
  const [, mspId, role] = /^['"]([A-Za-z0-9.-]+)\.(member|admin|client|peer|orderer)['"]$/.exec(token) ?? []
  if (mspId !== undefined && role !== undefined) return { kind: 'principal', mspId, role }
  return tokens.shift() === '(' ? parseGate(token.toLowerCase(), tokens) : undefined
}

function parseGate(word: string, tokens: string[]): Expression | undefined {
  if (word === 'outof') {
    const needed = Number(tokens.shift())
    const parts = tokens.shift() === ',' ? parseParts(tokens) : undefined
    return parts && Number.isInteger(needed) ? { kind: 'gate', needed, parts } : undefined
  }
  if (word !== 'and' && word !== 'or') return undefined
  const parts = parseParts(tokens)
  return parts && { kind: 'gate', needed: word === 'and' ? parts.length : 1, parts }
}

/** Takes terms with commas between them and the closing bracket off the front. */
function parseParts(tokens: string[]): Expression[] | undefined {
  const parts: Expression[] = []
  for (;;) {
    const part = parseTerm(tokens)
    if (!part) return undefined
    parts.push(part)
    const mark = tokens.shift()
    if (mark === ')') return parts
    if (mark !== ',') return undefined
  }
}
