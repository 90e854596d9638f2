import type { HostRecord } from '@cello/ports'

/** One Fabric that was found on a host. */
export interface FabricReleaseView {
  version: string
  source: 'configured' | 'path' | 'cache'
  chosen: boolean
  programs: { name: string; digest: string }[]
}

export interface FabricInstallRequest {
  readonly version: string
  readonly file?: string | undefined
  readonly url?: string | undefined
  readonly sha256?: string | undefined
}

export interface FabricInstallView {
  id: string
  version: string
  state: 'running' | 'succeeded' | 'failed'
  bytesDone: number
  bytesTotal?: number | undefined
  error?: { code: string; message: string; next: string } | undefined
}

/** Hyperledger Fabric's programs on hosts: found, fetched when asked, never unasked. */
export interface FabricCatalogue {
  list(host: HostRecord): Promise<FabricReleaseView[]>
  /** Begins, and returns what `progress` will go on to tell. @throws DIGEST_UNKNOWN, UNSUPPORTED */
  install(host: HostRecord, request: FabricInstallRequest, actor: string): Promise<FabricInstallView>
  /** The newest installation on the host. */
  progress(host: HostRecord): Promise<FabricInstallView | undefined>
}
