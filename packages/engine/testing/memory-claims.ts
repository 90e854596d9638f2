import type { ClaimStore } from '@cello/ports'

/** One claim, kept by the rules of the port, that a test can take away or make unreachable. */
export class MemoryClaims implements ClaimStore {
  /** Set: every call fails with it, as when the database is away. */
  broken: Error | undefined
  renewals = 0
  releases = 0
  #holder: { readonly owner: string; readonly fence: number; readonly until: number } | undefined
  #fence = 0

  get owner(): string | undefined {
    return this.#holder?.owner
  }

  async take(owner: string, now: number, ttlMs: number): Promise<number | undefined> {
    if (this.broken) throw this.broken
    if (this.#holder && this.#holder.owner !== owner && this.#holder.until > now) return undefined
    this.#fence += 1
    this.#holder = { owner, fence: this.#fence, until: now + ttlMs }
    return this.#fence
  }

  async renew(owner: string, fence: number, now: number, ttlMs: number): Promise<boolean> {
    if (this.broken) throw this.broken
    if (this.#holder?.owner !== owner || this.#holder.fence !== fence) return false
    this.renewals += 1
    this.#holder = { owner, fence, until: now + ttlMs }
    return true
  }

  async release(owner: string, fence: number): Promise<void> {
    this.releases += 1
    if (this.#holder?.owner === owner && this.#holder.fence === fence) this.#holder = undefined
  }
}
