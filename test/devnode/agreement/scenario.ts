/** What a scenario of the agreement with Fabric is: something done to a node, and what is seen of its answers. */

/** Answers without what differs from run to run: plain JSON. */
export type Seen = Readonly<Record<string, unknown>>

/** One scenario: its name says in plain words what is done. */
export type Scenario<W> = readonly [name: string, play: (world: W) => Promise<Seen>]

/** What was seen of one scenario, and what it reached on the way. */
export interface Played {
  /** Calls, codes and kinds of policies, such as `Endorser/ProcessProposal`, `code VALID`, `policy AND`. */
  readonly reaches: readonly string[]
  readonly seen: Seen
}

export type PlayedGroup = Readonly<Record<string, Played>>

export interface NodeProgram {
  readonly program: string
  readonly args: readonly string[]
}

/** The programs that play the nodes. */
export interface Runtime {
  readonly kind: 'fabric' | 'devnode' | 'mixed'
  readonly orderer: NodeProgram
  /** Of the two organizations' peers. */
  readonly peers: readonly [NodeProgram, NodeProgram]
  /** The folder with the files that Fabric ships; absent for the devnode, which needs none. */
  readonly shipped?: string
}

/** Groups of scenarios that are played in order on the same nodes; each has a recording of its own. */
export interface Stage {
  readonly groups: readonly string[]
  /** Plays the named groups on fresh nodes. */
  play(runtime: Runtime, groups: readonly string[]): Promise<Readonly<Record<string, PlayedGroup>>>
}

/** Collects what a scenario reaches while it is played. */
export class Reached {
  #names = new Set<string>()

  add(...names: readonly string[]): void {
    for (const name of names) this.#names.add(name)
  }

  /** What was reached since the last call, sorted. */
  take(): readonly string[] {
    const names = [...this.#names].sort()
    this.#names = new Set()
    return names
  }
}

/** What playing needs beside the scenarios. */
export interface Player<W> {
  readonly world: W
  readonly reached: Reached
  /** Called before each scenario. */
  begin?(): void
  /** Makes an answer comparable, once for each scenario. */
  clean(seen: Seen): Seen
}

/** Plays scenarios one after another. */
export async function playInOrder<W>(scenarios: readonly Scenario<W>[], player: Player<W>): Promise<PlayedGroup> {
  const { world, reached } = player
  const played: Record<string, Played> = {}
  for (const [name, play] of scenarios) {
    if (name in played) throw new Error(`two scenarios are called "${name}"`)
    reached.take()
    player.begin?.()
    const seen = player.clean(await play(world).catch((error: unknown) => ({ [couldNotBePlayed]: reasonOf(error) })))
    played[name] = { reaches: reached.take(), seen }
  }
  return played
}

/** What is seen of a scenario that came to no end. Such a thing differs from every recording, and is never recorded. */
export const couldNotBePlayed = 'could not be played'

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`
}
