/** For tests only: programs for the contract of the agreement, made at random, the same for the same seed. */

import type { Step } from './proposals.ts'
import type { Call } from './world.ts'

type Random = () => number

const keys = ['a', 'b', 'bb', 'c', 'cé', 'd', 'key 5', 'ключ', 'z', '~']
const collection = 'many'

const pick = <T>(random: Random, of: readonly [T, ...T[]]): T => of[Math.floor(random() * of.length)] ?? of[0]
const key = (random: Random): string => keys[Math.floor(random() * keys.length)] ?? 'a'
const value = (random: Random): string => String(Math.floor(random() * 1_000))

/** Two keys in order; sometimes open at an end. */
function span(random: Random): readonly [string, string] {
  const [start = '', end = ''] = [key(random), key(random)].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  )
  return [random() < 0.2 ? '' : start, random() < 0.2 ? '' : end]
}

type Maker = (random: Random) => Step

const publicSteps: readonly [Maker, ...Maker[]] = [
  (random) => ['put', key(random), value(random)],
  (random) => ['put', key(random), value(random)],
  (random) => ['get', key(random)],
  (random) => ['del', key(random)],
  (random) => ['range', ...span(random)],
  (random) => ['pair', pick(random, ['red', 'blue']), key(random), key(random), value(random)],
  (random) => ['pairs', pick(random, ['red', 'blue'])],
  (random) => ['pairs', pick(random, ['red', 'blue']), key(random)],
  (random) => ['history', key(random)],
  (random) => ['event', key(random), value(random)],
  (random) => ['many', `${key(random)}-`, String(Math.floor(random() * 70))],
  (random) => [
    'call',
    'other',
    '',
    'run',
    JSON.stringify([
      ['get', key(random)],
      ['put', key(random), value(random)],
    ]),
  ],
  (random) => ['query', JSON.stringify({ selector: { key: key(random) } })],
  (random) => ['put', '', value(random)],
]

const reads: readonly [Maker, ...Maker[]] = [
  (random) => ['page', ...span(random), String(1 + Math.floor(random() * 5)), ''],
  (random) => ['pairPage', pick(random, ['red', 'blue']), '2', ''],
  (random) => ['range', ...span(random)],
  (random) => ['get', key(random)],
]

const privateSteps: readonly [Maker, ...Maker[]] = [
  (random) => ['putPrivate', collection, key(random), value(random)],
  (random) => ['putPrivate', collection, key(random), value(random)],
  (random) => ['getPrivate', collection, key(random)],
  (random) => ['hashPrivate', collection, key(random)],
  (random) => ['delPrivate', collection, key(random)],
  (random) => ['purgePrivate', collection, key(random)],
  (random) => ['put', key(random), value(random)],
  (random) => ['get', key(random)],
  (random) => ['getPrivate', 'unknown', key(random)],
]

const privateReads: readonly [Maker, ...Maker[]] = [
  (random) => ['rangePrivate', collection, ...span(random)],
  (random) => ['getPrivate', collection, key(random)],
]

/** A call of one to six steps. */
export function randomCall(random: Random): Call {
  const kind = random()
  const makers = kind < 0.5 ? publicSteps : kind < 0.65 ? reads : kind < 0.92 ? privateSteps : privateReads
  const steps = Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(random, makers)(random))
  if (random() < 0.05) steps.push(['answer', pick(random, ['201', '399', '400', '500']), 'said', 'payload'])
  return { contract: kind < 0.65 ? pick(random, ['kv', 'either', 'both']) : 'hidden', steps }
}
