import type { InstallFabricRequest } from '@cello/model'
import type { Cancellable, HostRecord } from '@cello/ports'

/** One Fabric that was found on a host. */
export interface FabricReleaseView {
  version: string
  source: 'configured' | 'path' | 'cache'
  chosen: boolean
  programs: { name: string; digest: string }[]
}

/** A Fabric that lies on a host and cannot be used there: the path of its `peer`, and why. */
export interface UnsuitableFabric {
  program: string
  reason: string
}

export interface FabricInstallRequest {
  readonly version: string
  readonly file?: string | undefined
  readonly url?: string | undefined
  readonly sha256?: string | undefined
}

/** Hyperledger Fabric's programs on hosts: found, and fetched when asked, never unasked. What fetches them is `HostWork`. */
export interface FabricCatalogue {
  list(host: HostRecord): Promise<FabricReleaseView[]>
  unsuitable(host: HostRecord): Promise<UnsuitableFabric[]>
  /**
   * Refuses all that can be refused before the work begins, and finds out what the archive must hash to.
   * @throws NOT_FOUND, INVALID_REQUEST, DIGEST_UNKNOWN, FABRIC_DOWNLOAD_FAILED, FOLDER_NOT_WRITABLE, UNSUPPORTED
   */
  prepare(host: HostRecord, wanted: FabricInstallRequest, options?: Cancellable): Promise<InstallFabricRequest>
}
