import type { Credential } from '@cello/fabric/identity'
import { sha256Hex } from '@cello/kit'

/** How a peer shows itself to contracts that want TLS. */
export interface ContractClient extends Credential {
  /** Authorities that may have signed the contracts' certificates, PEM; the package's own when absent. */
  readonly rootCertificate?: string
}

/** The file beside the peer that `release` puts into every connection.json whose package asks for TLS. */
export const contractClientPath = 'contract-client.json'

/** On one line and starting with a brace, as the shell program needs it. */
export function contractClientJson({ certificate, privateKey, rootCertificate }: ContractClient): string {
  return JSON.stringify({
    client_auth_required: true,
    client_key: privateKey,
    client_cert: certificate,
    ...(rootCertificate !== undefined && { root_cert: rootCertificate }),
  })
}

/**
 * Name of the file that marks a build as whole. A peer copies a build in several steps and never looks again, so one that
 * was killed in between refuses the package for ever; before it starts, builds without this file are removed and the peer
 * makes them anew. The name follows the peer's identity for contracts: a renewed one makes all builds be made again.
 */
export function buildMark(client: ContractClient | undefined): string {
  return `zz-whole-${sha256Hex(client ? contractClientJson(client) : '').slice(0, 16)}`
}
