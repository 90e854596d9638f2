/** What somebody wants of a host: kept with the operation that makes it true, which is the only record of the wish. */
export type HostRequest = InstallFabricRequest | UseFabricRequest

/** A release of Hyperledger Fabric in the host's cache. */
export interface InstallFabricRequest {
  readonly kind: 'install-fabric'
  readonly version: string
  /** A file of the host, or an address; absent: any release of that version will do, and it was there when this was asked. */
  readonly from?: { readonly file: string } | { readonly url: string } | undefined
  /** What the archive must hash to, lower-case hex: known before anything is fetched. Absent where `from` is. */
  readonly sha256?: string | undefined
}

/** The version that new networks on the host get. */
export interface UseFabricRequest {
  readonly kind: 'use-fabric'
  readonly version: string
}

/** What of a host concerns a request. */
export interface ObservedHost {
  /** Chosen for new networks. */
  readonly fabricVersion: string | undefined
  /** Looked at for an installation alone. */
  readonly release?: ObservedRelease | undefined
}

export interface ObservedRelease {
  /** It stands in the cache, made of the very archive that is asked for, where one is. */
  readonly installed: boolean
  /** All bytes of the archive lie in the cache. Nobody has judged them. */
  readonly fetched: boolean
}

/** What requests of a host are about: a newer one takes the place of an older one of the same target. */
export function targetOf(request: HostRequest): string {
  return request.kind === 'install-fabric' ? `fabric/${request.version}` : 'fabric'
}
