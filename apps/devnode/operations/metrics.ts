/** Prometheus text of what monitoring of Fabric's nodes reads. Gauges are asked for when the page is. */
export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly name: string
  readonly labels: Labels
  readonly value: number
}

interface Histogram {
  readonly name: string
  readonly labels: Labels
  /** Observations between each bound and the one before. */
  readonly counts: number[]
  sum: number
  count: number
}

/** Upper bounds of a histogram's buckets, seconds: those that Prometheus' Go client, and so Fabric, takes. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export class Metrics {
  readonly #counters = new Map<string, { readonly labels: Labels; readonly name: string; value: number }>()
  readonly #histograms = new Map<string, Histogram>()
  readonly #gauges: (() => readonly Sample[])[] = []

  /** Counts one more. */
  add(name: string, labels: Labels): void {
    const key = keyOf(name, labels)
    const counter = this.#counters.get(key)
    if (counter) counter.value++
    else this.#counters.set(key, { name, labels, value: 1 })
  }

  /** Puts a duration into a histogram. */
  observe(name: string, labels: Labels, seconds: number): void {
    const key = keyOf(name, labels)
    const histogram = this.#histograms.get(key) ?? { name, labels, counts: bounds.map(() => 0), sum: 0, count: 0 }
    const place = bounds.findIndex((bound) => seconds <= bound)
    if (place >= 0) histogram.counts[place] = (histogram.counts[place] ?? 0) + 1
    histogram.sum += seconds
    histogram.count++
    this.#histograms.set(key, histogram)
  }

  /** Adds samples that are read anew for each page. */
  gauge(read: () => readonly Sample[]): void {
    this.#gauges.push(read)
  }

  /** The page, each name's samples together under its type. */
  text(): string {
    const counters = [...this.#counters.values()].map((sample) => entry(sample.name, 'counter', [sample]))
    const gauges = this.#gauges.flatMap((read) => read()).map((sample) => entry(sample.name, 'gauge', [sample]))
    const histograms = [...this.#histograms.values()].map((one) => entry(one.name, 'histogram', samplesOf(one)))
    const byName = Map.groupBy([...counters, ...gauges, ...histograms], ({ name }) => name)
    const lines = [...byName].flatMap(([name, entries]) => [
      `# TYPE ${name} ${entries[0]?.type ?? 'untyped'}`,
      ...entries.flatMap(({ samples }) => samples.map((sample) => `${sampleName(sample)} ${sample.value}`)),
    ])
    return `${lines.join('\n')}\n`
  }
}

const entry = (name: string, type: string, samples: readonly Sample[]) => ({ name, type, samples })

function samplesOf({ name, labels, counts, sum, count }: Histogram): readonly Sample[] {
  const bucket = (le: string, value: number) => ({ name: `${name}_bucket`, labels: { ...labels, le }, value })
  let upToHere = 0
  return [
    ...bounds.map((bound, index) => bucket(String(bound), (upToHere += counts[index] ?? 0))),
    bucket('+Inf', count),
    { name: `${name}_sum`, labels, value: sum },
    { name: `${name}_count`, labels, value: count },
  ]
}

/** Of samples of one name, labels have the same keys in the same order. */
function keyOf(name: string, labels: Labels): string {
  let key = name
  for (const label in labels) key += `\0${labels[label]}`
  return key
}

function sampleName({ name, labels }: Omit<Sample, 'value'>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value.replaceAll(/["\\\n]/g, escaped)}"`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}

const escaped = (character: string): string => (character === '\n' ? '\\n' : `\\${character}`)
