import { type Clock, newId } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { Log } from '@cello/orchestration'
import type { HostRecord } from '@cello/ports'
import type { FabricInstallRequest, FabricInstallView } from '@cello/usecases'

/** Installs, and tells how many bytes it has of how many. */
export type Work = (onBytes: (done: number, total: number | undefined) => void) => Promise<void>

interface Order {
  readonly host: HostRecord
  readonly request: FabricInstallRequest
  readonly actor: string
}

/**
 * Installations of this process, one at a time for each version: who asks for the same while it goes on is told of that one.
 * They are told of from memory; after a restart of the server, whoever still wants one asks again and it goes on.
 */
export class Installations {
  readonly #clock: Clock
  readonly #log: Log
  readonly #newest = new Map<string, FabricInstallView>()
  /** By version. */
  readonly #running = new Map<string, { readonly request: string; readonly begun: Promise<FabricInstallView> }>()
  readonly #works = new Set<Promise<void>>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** @param begin refuses what can be refused at once. @throws CHANGE_REFUSED, and what `begin` throws */
  async install(order: Order, begin: () => Promise<Work>): Promise<FabricInstallView> {
    const { version, file, url, sha256 } = order.request
    const request = JSON.stringify([file, url, sha256])
    const other = this.#running.get(version)
    if (other) {
      if (other.request !== request) throw busy(version)
      return { ...(await other.begun) }
    }
    const begun = this.#begin(order, begin)
    this.#running.set(version, { request, begun })
    try {
      return { ...(await begun) }
    } catch (error) {
      this.#running.delete(version)
      throw error
    }
  }

  newest(host: HostRecord): FabricInstallView | undefined {
    const view = this.#newest.get(host.id)
    return view && { ...view }
  }

  async ended(): Promise<void> {
    await Promise.all(this.#works)
  }

  async #begin({ host, request, actor }: Order, begin: () => Promise<Work>): Promise<FabricInstallView> {
    const { version, file, url } = request
    const work = await begin()
    const view: FabricInstallView = { id: newId(this.#clock.now()), version, state: 'running', bytesDone: 0 }
    this.#newest.set(host.id, view)
    const facts = { installation: view.id, host: host.name, version, file, url }
    this.#log.info({ ...facts, actor }, 'installing Fabric')
    const running = this.#run(view, work, facts).finally(() => {
      this.#works.delete(running)
      this.#running.delete(version)
    })
    this.#works.add(running)
    return view
  }

  async #run(view: FabricInstallView, work: Work, facts: object): Promise<void> {
    try {
      await work((done, total) => {
        view.bytesDone = done
        view.bytesTotal = total
      })
      view.state = 'succeeded'
      this.#log.info(facts, 'installed Fabric')
    } catch (error) {
      const known = error instanceof PlatformError ? error : new PlatformError('INTERNAL', {}, { cause: error })
      view.error = { code: known.code, message: known.message, next: known.next }
      view.state = 'failed'
      this.#log.warn({ ...facts, err: error }, 'Fabric could not be installed')
    }
  }
}

function busy(version: string): PlatformError {
  return new PlatformError('CHANGE_REFUSED', {
    detail: `Fabric ${version} is being installed from somewhere else`,
    nearest: 'Wait until that has ended, then ask again.',
  })
}
