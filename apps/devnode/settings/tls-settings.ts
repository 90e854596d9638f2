import type { ListenAddress } from '../operations/http-listener.ts'

/** A listener's TLS; files by their paths. */
export interface TlsSettings {
  readonly enabled: boolean
  readonly certificate: string
  readonly privateKey: string
  readonly clientRoots: readonly string[]
  readonly clientAuthRequired: boolean
}

/** An HTTP listener of the node. */
export interface ListenerSettings {
  readonly listen: ListenAddress
  readonly tls: TlsSettings
}

/** Where a node's settings come from. */
export interface SettingsSource {
  /** The folder of the file: relative paths begin there. */
  readonly folder: string
  readonly yaml: string
  readonly env: Readonly<Record<string, string | undefined>>
}
