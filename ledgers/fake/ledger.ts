import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '@cello/kit'
import type { Ledger } from '@cello/ports'
import { encodeGenesis, wantedConfig } from './chain-config.ts'
import { packContract } from './contract-package.ts'
import { describeFakeNode, programsByKind } from './describe-node.ts'
import { FakeIssuer, readFakeCertificate } from './identities.ts'
import { normalizeFakePolicy } from './policy.ts'
import { enter, openFakeSession } from './session/session.ts'
import type { WorldForSessions } from './world/world-api.ts'

export interface FakeLedgerOptions {
  readonly world: WorldForSessions
  readonly clock?: Clock
  /** Gives unique text for keys, nonces and transaction ids; default 32 random bytes in hex. */
  readonly random?: () => string
}

/** A ledger whose nodes keep what they have in a world, and no secret of which is worth anything. */
export function fakeLedger({ world, clock = systemClock, random = randomText }: FakeLedgerOptions): Ledger {
  const issuer = new FakeIssuer(() => clock.now(), random)
  const run = <T>(method: string, about: string, act: () => T) =>
    enter(world, { method, about: [about] }, async () => act())
  return {
    kind: 'fake',
    makeOrganization: (org) => run('makeOrganization', org.name, () => issuer.organization(org)),
    makeNodeIdentities: (request) => run('makeNodeIdentities', request.name, () => issuer.node(request)),
    makeUser: (request) => run('makeUser', request.name, () => issuer.user(request)),
    certifyTlsClient: (request) => run('certifyTlsClient', request.name, () => issuer.tlsClient(request)),
    readCertificate: readFakeCertificate,
    normalizePolicy: normalizeFakePolicy,
    makeGenesis: (channel, network) =>
      run('makeGenesis', channel.name, () =>
        encodeGenesis({ channel: channel.name, config: wantedConfig(channel, network), nonce: random() }),
      ),
    describeNode: describeFakeNode,
    packageContract: (request) => run('packageContract', request.label, () => packContract(request)),
    programsFor: (kind) => programsByKind[kind],
    open: (network, access) => openFakeSession({ world, random, access }, network),
  }
}

function randomText(): string {
  return randomBytes(32).toString('hex')
}
