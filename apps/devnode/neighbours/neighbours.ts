/** Other peers, as this one knows them: found by anchor peers and bootstrap, told by a service of the devnode's own. */
export interface Neighbour {
  /** Where other organizations' peers and gateways dial it; empty: it is not shown to them. */
  readonly endpoint: string
  readonly mspId: string
  /** Encoded `msp.SerializedIdentity`. */
  readonly identity: Uint8Array
  readonly channels: ReadonlyMap<string, NeighbourChannel>
}

export interface NeighbourChannel {
  readonly height: number
  /** Contracts that it can run now, `_lifecycle` among them: name, and as version the definition's sequence, as in gossip. */
  readonly contracts: readonly NeighbourContract[]
}

export interface NeighbourContract {
  readonly name: string
  readonly version: string
}

export interface Neighbours {
  /** This peer, as it tells itself to others. */
  self(): Neighbour
  /** Those that answered lately, without this one. */
  others(): readonly Neighbour[]
  /** This one and those of the others that are members of the channel and have joined it; nobody where this one has not. */
  onChannel(channel: string): readonly Neighbour[]
}
