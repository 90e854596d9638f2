import { holdDownload } from './cache-folder.ts'

/** Who fetches into which file: one at a time in this process, and over all processes that share the cache. */
export class DownloadHolds {
  readonly #held = new Map<string, Promise<void>>()

  /** Waits for an operation of this process that is on its way out. @returns undefined where another process holds it */
  async take(part: string, signal: AbortSignal): Promise<AsyncDisposable | undefined> {
    for (let before = this.#held.get(part); before; before = this.#held.get(part)) {
      await before
      signal.throwIfAborted()
    }
    const ended = Promise.withResolvers<void>()
    this.#held.set(part, ended.promise)
    const free = () => {
      this.#held.delete(part)
      ended.resolve()
    }
    const held = await holdDownload(part).catch((error: unknown) => {
      free()
      throw error
    })
    if (!held) {
      free()
      return undefined
    }
    return {
      [Symbol.asyncDispose]: async () => {
        await held[Symbol.asyncDispose]()
        free()
      },
    }
  }
}
