/** For tests only: channels as wanted, with certificates made on the spot. */
import type {
  ApplicationOrganization,
  BftConsenter,
  BftOptions,
  ChannelSpec,
  MspSpec,
  RaftOptions,
} from '../config/index.ts'
import {
  createOrganizationAuthorities,
  createRevocationList,
  enrol,
  enrolForTls,
  type OrganizationAuthorities,
  trustOf,
} from '../identity/index.ts'

const batch = { maxMessageCount: 500, absoluteMaxBytes: 10_485_760, preferredMaxBytes: 2_097_152, timeout: '2s' }

/** What the channel needs to know of an organization. */
export function mspOf(mspId: string, authorities: OrganizationAuthorities): MspSpec {
  const [enrolment, tls] = [trustOf(authorities.enrolment), trustOf(authorities.tls)]
  return {
    mspId,
    rootCertificates: [enrolment.root],
    intermediateCertificates: enrolment.intermediates,
    tlsRootCertificates: [tls.root],
    tlsIntermediateCertificates: tls.intermediates,
  }
}

/** Certificates of orderers `orderer0`, `orderer1` …, and their keys. */
export function orderersOf(authorities: OrganizationAuthorities, ports: readonly number[]) {
  return ports.map((port, index) => {
    const name = `orderer${index}.example.com`
    const tls = enrolForTls(authorities.tls, { name, hosts: [name, 'localhost', '127.0.0.1'] })
    const enrolment = enrol(authorities.enrolment, { name, role: 'orderer' })
    const consenter: BftConsenter = {
      id: index + 1,
      host: '127.0.0.1',
      port,
      mspId: 'OrdererMSP',
      identity: enrolment.certificate,
      clientTlsCertificate: tls.certificate,
      serverTlsCertificate: tls.certificate,
    }
    return { tls, enrolment, consenter }
  })
}

const ordererAuthorities = () => createOrganizationAuthorities({ domain: 'example.com' })

function peerOrganization(number: number): ApplicationOrganization {
  const authorities = createOrganizationAuthorities({ domain: `org${number}.example.com` })
  return {
    name: `Org${number}MSP`,
    msp: mspOf(`Org${number}MSP`, authorities),
    anchorPeers: [{ host: `peer0.org${number}.example.com`, port: 7051 }],
  }
}

/** Raft as for Fabric 2.5: one orderer, one organization, all settings at their defaults. */
export function raftChannel(): ChannelSpec {
  const authorities = ordererAuthorities()
  const orderers = orderersOf(authorities, [7050])
  return {
    channelId: 'raft-channel',
    capabilities: { channel: ['V2_0'], orderer: ['V2_0'], application: ['V2_5'] },
    orderer: {
      batch,
      consensus: { type: 'etcdraft', consenters: orderers.map(({ consenter }) => raftPart(consenter)) },
      organizations: [
        { name: 'OrdererMSP', msp: mspOf('OrdererMSP', authorities), endpoints: ['orderer0.example.com:7050'] },
      ],
    },
    application: { organizations: [peerOrganization(1)] },
  }
}

/** BFT as for Fabric 3: four orderers. */
export function bftChannel(): ChannelSpec {
  const authorities = ordererAuthorities()
  const orderers = orderersOf(authorities, [7050, 7051, 7052, 7053])
  return {
    channelId: 'bft-channel',
    capabilities: { channel: ['V3_0'], orderer: ['V2_0'], application: ['V2_5'] },
    orderer: {
      batch,
      consensus: { type: 'BFT', consenters: orderers.map(({ consenter }) => consenter) },
      organizations: [
        { name: 'OrdererMSP', msp: mspOf('OrdererMSP', authorities), endpoints: ['orderer0.example.com:7050'] },
      ],
    },
    application: { organizations: [peerOrganization(1)] },
  }
}

/** Everything that a spec can say, said otherwise than by default. */
export function wideChannel(): ChannelSpec {
  const authorities = createOrganizationAuthorities({ domain: 'example.com', withIntermediates: true })
  const orderers = orderersOf(authorities, [7050])
  const admin = enrol(authorities.enrolment, { name: 'admin', role: 'admin' })
  const list = createRevocationList(authorities.enrolment, { revoked: [], number: 1 })
  const ordererMsp: MspSpec = {
    ...mspOf('OrdererMSP', authorities),
    revocationLists: [list],
    admins: [admin.certificate],
  }
  const own = peerOrganization(2)
  const certificate = own.msp.rootCertificates[0] ?? ''
  return {
    channelId: 'wide.channel',
    capabilities: { channel: ['V2_0'], orderer: ['V2_0'], application: ['V2_0', 'V2_5'] },
    policies: { Auditors: { type: 'ImplicitMeta', rule: 'ALL Readers' } },
    acls: { 'peer/Propose': '/Channel/Application/Writers', 'event/Block': '/Channel/Application/Readers' },
    orderer: {
      batch: { maxMessageCount: 7, absoluteMaxBytes: 99_000, preferredMaxBytes: 1_000, timeout: '1m30s' },
      maxChannels: 12,
      addresses: ['orderer0.example.com:7050', 'orderer1.example.com:7050'],
      policies: { BlockValidation: { type: 'Signature', rule: "OutOf(1, 'OrdererMSP.orderer', 'Org2MSP.admin')" } },
      consensus: {
        type: 'etcdraft',
        consenters: orderers.map(({ consenter }) => raftPart(consenter)),
        options: { tickInterval: '100ms', electionTick: 20, snapshotIntervalSize: 20_971_520 },
      },
      organizations: [{ name: 'Orderers.Ltd', msp: ordererMsp }],
    },
    application: {
      policies: {
        Endorsement: { type: 'Signature', rule: "AND('Org2MSP.peer', OR('Org2MSP.admin', 'X.y-1.client'))" },
      },
      organizations: [
        {
          ...own,
          msp: { ...own.msp, nodeOus: { peer: { unit: 'peer', certificate }, admin: { unit: 'R&D <chiefs>' } } },
          anchorPeers: [],
        },
        { ...own, name: 'NoUnits', msp: { ...own.msp, mspId: 'NoUnitsMSP', nodeOus: false } },
      ],
    },
  }
}

/** A consenter without what only BFT needs. */
export function raftPart({ host, port, clientTlsCertificate, serverTlsCertificate }: BftConsenter) {
  return { host, port, clientTlsCertificate, serverTlsCertificate }
}

/** Every option otherwise than by default, and no two alike: what is written in the place of another is seen. */
export const sampleOptions: { readonly etcdraft: RaftOptions; readonly BFT: BftOptions } = {
  etcdraft: {
    tickInterval: '150ms',
    electionTick: 21,
    heartbeatTick: 2,
    maxInflightBlocks: 7,
    snapshotIntervalSize: 19_000_000,
  },
  BFT: {
    requestBatchMaxCount: 101,
    requestBatchMaxBytes: 10_000_001,
    requestBatchMaxInterval: '51ms',
    incomingMessageBufferSize: 202,
    requestPoolSize: 403,
    requestForwardTimeout: '3s',
    requestComplainTimeout: '24s',
    requestAutoRemoveTimeout: '5m0s',
    requestMaxBytes: 1_000_006,
    viewChangeResendInterval: '7s',
    viewChangeTimeout: '28s',
    leaderHeartbeatTimeout: '1m9s',
    leaderHeartbeatCount: 11,
    collectTimeout: '2s',
    syncOnStart: true,
    speedUpViewChange: true,
    leaderRotation: 'off',
    decisionsPerLeader: 13,
  },
}

/** The channel with these options. */
export function withSampleOptions(spec: ChannelSpec): ChannelSpec {
  const { consensus } = spec.orderer
  const changed =
    consensus.type === 'BFT'
      ? { ...consensus, options: sampleOptions.BFT }
      : { ...consensus, options: sampleOptions.etcdraft }
  return { ...spec, orderer: { ...spec.orderer, consensus: changed } }
}
