/** What a simulation may do after what, in Fabric's sentences (its spelling too). */
export interface SimulationRules {
  checkOpen(): void
  /** Before each write. */
  checkWrite(): void
  /** Before a query whose results cannot be checked again at commit. */
  checkQuery(kind: 'private' | 'paged'): void
  /** @throws Error the second time */
  finish(): void
  /** @returns whether it was open */
  close(): boolean
}

const refusals = {
  private: {
    query: 'Queries on pvt data is supported only in a read-only transaction',
    write: 'Transaction has already performed queries on pvt data. Writes are not allowed',
  },
  paged: {
    query: 'Paginated queries are supported only in a read-only transaction',
    write: 'Transaction has already performed a paginated query. Writes are not allowed',
  },
} as const

export function simulationRules(txId: string): SimulationRules {
  const asked = new Set<'private' | 'paged'>()
  let hasWritten = false
  let isFinished = false
  let isClosed = false
  const refusal = (sentence: string): Error => new Error(`txid [${txId}]: unsuppored transaction. ${sentence}`)
  const checkOpen = (): void => {
    if (isClosed) throw new Error('this instance should not be used after calling Done()')
  }
  return {
    checkOpen,
    checkWrite() {
      checkOpen()
      for (const kind of ['private', 'paged'] as const) {
        if (asked.has(kind)) throw refusal(refusals[kind].write)
      }
      hasWritten = true
    },
    checkQuery(kind) {
      if (hasWritten) throw refusal(refusals[kind].query)
      asked.add(kind)
    },
    finish() {
      if (isFinished) throw new Error('this function should only be called once on a transaction simulator instance')
      isFinished = true
    },
    close() {
      const wasOpen = !isClosed
      isClosed = true
      return wasOpen
    },
  }
}
