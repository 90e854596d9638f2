import assert from 'node:assert/strict'
import { newId, poll } from '@cello/kit'
import { type ErrorCode, PlatformError } from '@cello/model'
import type { Driver, LogLine, NodeSpec, ObservedNode, ProgramSource } from '../driver.ts'

/**
 * A host for the driver suite, with what the suite must be able to do to its nodes behind the driver's back. All tests of a
 * run share one; each uses nodes of its own.
 */
export interface DriverWorld extends AsyncDisposable {
  /** The driver that is judged; its host is empty at first. */
  readonly driver: Driver
  /** Another driver over the same host, as a new control plane makes it after the old one was killed. The suite disposes of it. */
  reopen(): Promise<Driver>
  /** A program that nothing else of the suite uses; each call gives another. */
  newProgram(): Promise<ProgramSource>
  /** What starts the node `nodeId`, and free ports for it. The node runs until it is asked to end, unless said otherwise. */
  node(nodeId: string, behaviour: Behaviour): Promise<Pick<NodeSpec, 'programs' | 'command' | 'args' | 'ports'>>
  /** Lets a running node print lines. */
  print(nodeId: string, lines: readonly string[]): Promise<void>
  /** Lets a running node end by itself. */
  exit(nodeId: string, code: number): Promise<void>
  /** Kills a running node, as the kernel does when memory is short. */
  kill(nodeId: string): Promise<void>
  /** Breaks the connection between the caller of `reach` and a node that answered. */
  cut(nodeId: string): Promise<void>
  /** Whether what `reach` gives is a real TCP listener that echoes what it is sent. */
  readonly dialable: boolean
}

export interface Behaviour {
  /** Prints these lines and ends with the code as soon as it is started. */
  readonly dies?: { readonly code: number; readonly lines: readonly string[] }
  /** Goes on when it is asked to end; only a kill ends it. */
  readonly stubborn?: boolean
}

/** A specification of a node of the world with an id of its own. */
export async function specOf(
  world: DriverWorld,
  behaviour: Behaviour = {},
  change: Partial<NodeSpec> = {},
): Promise<NodeSpec> {
  const id = change.id ?? newId()
  return {
    id,
    incarnation: 1,
    labels: { network: 'suite', organization: 'Org1', name: 'peer0', kind: 'peer' },
    env: { SUITE: 'yes' },
    files: [],
    secretFiles: [],
    graceMs: 2000,
    ...(await world.node(id, behaviour)),
    ...change,
  }
}

export async function find(driver: Driver, nodeId: string): Promise<ObservedNode | undefined> {
  return (await driver.observe()).find((node) => node.id === nodeId)
}

/** Looks until the node is seen in that state. */
export async function seenAs(driver: Driver, nodeId: string, state: ObservedNode['state']): Promise<ObservedNode> {
  let last: ObservedNode | undefined
  const found = await poll(
    async () => {
      last = await find(driver, nodeId)
      return last?.state === state ? last : undefined
    },
    { timeoutMs: 60_000 },
  )
  return found ?? assert.fail(`the node is ${last?.state ?? 'absent'} and should be ${state}`)
}

/** Of an expected refusal: which error, and none but a PlatformError. */
export function refusal(code: ErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof PlatformError, `not a PlatformError: ${String(error)}`)
    assert.equal(error.code, code, error.message)
    return true
  }
}

/** Reads lines until `enough` of them came. */
export async function readLines(
  lines: AsyncIterable<LogLine>,
  enough: (texts: readonly string[]) => boolean = () => false,
): Promise<string[]> {
  const texts: string[] = []
  for await (const line of lines) {
    texts.push(line.text)
    if (enough(texts)) break
  }
  return texts
}
