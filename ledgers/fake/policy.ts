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
  const fail = (): never => {
    throw new PlatformError('LEDGER_REFUSED', { detail: `the policy ${text} cannot be read` })
  }
  const tokens = text.match(/'[^']*'|"[^"]*"|[\w.-]+|\S/g) ?? []
  let at = 0
  const next = () => tokens[at++] ?? fail()
  const term = (): Expression => {
    const token = next()
    const principal = /^(['"])([A-Za-z0-9.-]+)\.(member|admin|client|peer|orderer)\1$/.exec(token)
    if (principal) return { kind: 'principal', mspId: principal[2] ?? '', role: principal[3] ?? '' }
    const word = token.toLowerCase()
    if (!['and', 'or', 'outof'].includes(word) || next() !== '(') fail()
    const asked = word === 'outof' ? Number(next()) : undefined
    if (asked !== undefined && (!Number.isInteger(asked) || next() !== ',')) fail()
    const parts = [term()]
    for (let mark = next(); mark !== ')'; mark = next()) {
      if (mark !== ',') fail()
      parts.push(term())
    }
    return { kind: 'gate', needed: asked ?? (word === 'and' ? parts.length : 1), parts }
  }
  const expression = term()
  if (at !== tokens.length) fail()
  return expression.kind === 'gate' ? expression : { kind: 'gate', needed: 1, parts: [expression] }
}
