/** Prometheus text of what monitoring of Fabric orderers reads. Gauges are asked for when the page is. */
export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly name: string
  readonly labels: Labels
  readonly value: number
}

export class Metrics {
  readonly #counters = new Map<string, { readonly labels: Labels; readonly name: string; value: number }>()
  readonly #gauges: (() => readonly Sample[])[] = []

  /** Counts one more. */
  add(name: string, labels: Labels): void {
    const key = sampleName({ name, labels })
    const counter = this.#counters.get(key) ?? { name, labels, value: 0 }
    counter.value++
    this.#counters.set(key, counter)
  }

  /** Adds samples that are read anew for each page. */
  gauge(read: () => readonly Sample[]): void {
    this.#gauges.push(read)
  }

  /** The page, each name's samples together under its type. */
  text(): string {
    const counters = [...this.#counters.values()].map((sample) => ({ sample, type: 'counter' }))
    const gauges = this.#gauges.flatMap((read) => read()).map((sample) => ({ sample, type: 'gauge' }))
    const byName = Map.groupBy([...counters, ...gauges], ({ sample }) => sample.name)
    const lines = [...byName].flatMap(([name, entries]) => [
      `# TYPE ${name} ${entries[0]?.type ?? 'untyped'}`,
      ...entries.map(({ sample }) => `${sampleName(sample)} ${sample.value}`),
    ])
    return `${lines.join('\n')}\n`
  }
}

function sampleName({ name, labels }: Omit<Sample, 'value'>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value.replaceAll(/["\\\n]/g, escaped)}"`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}

const escaped = (character: string): string => (character === '\n' ? '\\n' : `\\${character}`)
