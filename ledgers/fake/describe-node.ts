import type { Secret } from '@cello/kit'
import { stableJson } from '@cello/kit'
import { type NodeKind, nodeRef, PlatformError } from '@cello/model'
import type { NodeRequest, NodeSpec } from '@cello/ports'
import { isKeyOf } from './identities.ts'

/** Programs that a node is started from, by name. */
export const programsByKind: Readonly<Record<NodeKind, readonly string[]>> = {
  orderer: ['orderer'],
  peer: ['peer'],
  contract: ['node'],
}

/** @throws PROGRAM_MISSING; LEDGER_REFUSED for a key that does not belong to its certificate. */
export function describeFakeNode(request: NodeRequest): NodeSpec {
  const { network, node, programs, packageId } = request
  const { record } = node
  const command = record.kind === 'contract' ? 'node' : record.kind
  if (!programs[command]) {
    const facts = { program: command, node: nodeRef(record), host: record.hostId, detail: 'none is recorded' }
    throw new PlatformError('PROGRAM_MISSING', facts)
  }
  return {
    id: record.id,
    incarnation: record.incarnation,
    labels: { network: network.id, organization: record.organization, name: record.name, kind: record.kind },
    programs: Object.fromEntries(
      Object.entries(programs).filter(([name]) => name === command || (command === 'node' && name === 'contract')),
    ),
    command,
    args: record.kind === 'contract' ? ['{files}/contract.json'] : ['start'],
    env: { FAKE_CONFIG: '{files}/config.json' },
    files: [
      {
        path: 'config.json',
        content: stableJson({ hostName: node.hostName, version: network.version, ports: record.ports, packageId }),
      },
    ],
    secretFiles: [
      ...secretFile('key.pem', node.certificate, request.enrolmentKey),
      ...secretFile('tls-key.pem', node.tlsCertificate, request.tlsKey),
    ],
    ports: record.ports,
    graceMs: 5000,
  }
}

function secretFile(path: string, certificate: string | undefined, key: Secret | undefined): NodeSpec['secretFiles'] {
  if (!key) return []
  if (certificate === undefined || !isKeyOf(certificate, key)) {
    throw new PlatformError('LEDGER_REFUSED', { detail: `${path} is not the key of the node’s certificate` })
  }
  return [{ path, content: key }]
}
