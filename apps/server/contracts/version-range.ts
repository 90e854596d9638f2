type Version = readonly [number, number, number]

/**
 * Whether an npm version range admits a release (no pre-release). Knows what package.json files of contracts hold: exact
 * versions, `^`, `~`, `x` and left-out parts, comparisons, `-` ranges, spaces as «and», `||`, `*`, `latest`. Anything else
 * (tags, addresses) is not admitted, and goes to npm.
 */
export function admits(range: string, version: string): boolean {
  const found = exact(version)
  return found !== undefined && range.split('||').some((part) => admitsAll(part.trim(), found))
}

function admitsAll(part: string, version: Version): boolean {
  if (part === '' || part === '*' || part === 'latest') return true
  const between = /^(\S+) +- +(\S+)$/.exec(part)
  if (between) return admitsOne(`>=${between[1]}`, version) && admitsOne(`<=${between[2]}`, version)
  return part
    .replaceAll(/(\^|~|[<>]=?|=) +/g, '$1')
    .split(/ +/)
    .every((comparator) => admitsOne(comparator, version))
}

function admitsOne(comparator: string, version: Version): boolean {
  const match = /^(\^|~|>=|<=|>|<|=)?v?(\d+|x|\*)(?:\.(\d+|x|\*))?(?:\.(\d+|x|\*))?$/i.exec(comparator)
  if (!match) return false
  const [, operator = '', ...texts] = match
  const parts = texts.map((text) => (text === undefined || /^[x*]$/i.test(text) ? undefined : Number(text)))
  const low: Version = [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0]
  const [from, to] = bounds(operator, low, parts)
  return compare(version, from) >= 0 && (to === undefined || compare(version, to) < 0)
}

/** The half-open interval that a comparator stands for. */
function bounds(
  operator: string,
  low: Version,
  parts: readonly (number | undefined)[],
): readonly [from: Version, to: Version | undefined] {
  const zero: Version = [0, 0, 0]
  switch (operator) {
    case '>=':
      return [low, undefined]
    case '>':
      return [after(low, parts) ?? [Infinity, 0, 0], undefined]
    case '<':
      return [zero, low]
    case '<=':
      return [zero, after(low, parts)]
    case '^':
      return [low, parts[0] === undefined ? undefined : afterCaret(low, parts)]
    case '~':
      return [low, parts[1] === undefined ? after(low, parts) : [low[0], low[1] + 1, 0]]
    default:
      return [low, after(low, parts)]
  }
}

/** The first version after all that the written parts stand for: 2.5 → 2.6.0. */
function after(low: Version, parts: readonly (number | undefined)[]): Version | undefined {
  if (parts[0] === undefined) return undefined
  if (parts[1] === undefined) return [low[0] + 1, 0, 0]
  if (parts[2] === undefined) return [low[0], low[1] + 1, 0]
  return [low[0], low[1], low[2] + 1]
}

function afterCaret(low: Version, parts: readonly (number | undefined)[]): Version {
  if (low[0] > 0 || parts[1] === undefined) return [low[0] + 1, 0, 0]
  if (low[1] > 0 || parts[2] === undefined) return [0, low[1] + 1, 0]
  return [0, 0, low[2] + 1]
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

function exact(version: string): Version | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(version)
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined
}
