/** For tests only: edits whose updates were recorded from configtxlator, made from the recorded specs alone. */
import type { common } from '@hyperledger/fabric-protos'
import * as config from '../config/index.ts'
import { raftPart } from './sample-channels.ts'

export type VectorName = 'raft' | 'bft' | 'wide'
export type VectorSpecs = Readonly<Record<VectorName, config.ChannelSpec>>

export interface SampleUpdate {
  readonly from: VectorName
  readonly edit: (original: common.Config, specs: VectorSpecs) => common.Config
}

const first = <T>(list: readonly T[]): T => {
  const [item] = list
  if (item === undefined) throw new Error('the recorded spec lacks what this edit takes')
  return item
}

function consenterOf(spec: config.ChannelSpec): config.BftConsenter {
  const { consensus } = spec.orderer
  const consenter = first<config.RaftConsenter | config.BftConsenter>(consensus.consenters)
  const { clientTlsCertificate } = consenter
  return { id: 9, mspId: 'OrdererMSP', identity: clientTlsCertificate, ...consenter, host: 'new.example.com' }
}

export const sampleUpdates: Readonly<Record<string, SampleUpdate>> = {
  'batch settings': { from: 'raft', edit: (it) => config.setBatch(it, { maxMessageCount: 10, timeout: '200ms' }) },
  'only the time-out': { from: 'wide', edit: (it) => config.setBatch(it, { timeout: '1s' }) },
  'Raft options': {
    from: 'raft',
    edit: (it) => config.setRaftOptions(it, { tickInterval: '100ms', electionTick: 20 }),
  },
  'BFT options': { from: 'bft', edit: (it) => config.setBftOptions(it, { leaderHeartbeatTimeout: '10s' }) },
  'a Raft consenter more': {
    from: 'raft',
    edit: (it, { bft }) => config.addRaftConsenter(it, raftPart(consenterOf(bft))),
  },
  'a Raft consenter replaced': {
    from: 'wide',
    edit: (it, { wide, bft }) =>
      config.replaceRaftConsenter(it, first(wide.orderer.consensus.consenters), raftPart(consenterOf(bft))),
  },
  'a BFT consenter more': { from: 'bft', edit: (it, { raft }) => config.addBftConsenter(it, consenterOf(raft)) },
  'a BFT consenter less': {
    from: 'bft',
    edit: (it, { bft }) => config.removeBftConsenter(it, first(bft.orderer.consensus.consenters)),
  },
  'an application organization more': {
    from: 'raft',
    edit: (it, { wide }) => config.addApplicationOrganization(it, first(wide.application.organizations)),
  },
  'an application organization less': {
    from: 'wide',
    edit: (it) => config.removeApplicationOrganization(it, 'NoUnits'),
  },
  'an orderer organization more': {
    from: 'wide',
    edit: (it, { bft }) => config.addOrdererOrganization(it, { ...first(bft.orderer.organizations), name: 'Second' }),
  },
  'anchor peers where there were none': {
    from: 'wide',
    edit: (it) => config.setAnchorPeers(it, 'NoUnits', [{ host: 'peer0', port: 7051 }]),
  },
  'no anchor peers any more': { from: 'raft', edit: (it) => config.setAnchorPeers(it, 'Org1MSP', []) },
  'orderer endpoints': { from: 'bft', edit: (it) => config.setOrdererEndpoints(it, 'OrdererMSP', ['a:1', 'b:2']) },
  'global addresses gone and V3_0': {
    from: 'wide',
    edit: (it) => config.setCapabilities(config.setOrdererAddresses(it, []), 'channel', ['V3_0']),
  },
  'a policy changed and one added': {
    from: 'raft',
    edit: (it) => {
      const signature = { type: 'Signature', rule: "OR('Org1MSP.admin', 'Org1MSP.client')" } as const
      const changed = config.setPolicy(it, { group: 'application', organization: 'Org1MSP' }, 'Admins', signature)
      return config.setPolicy(changed, { group: 'channel' }, 'Auditors', { type: 'ImplicitMeta', rule: 'ANY Readers' })
    },
  },
  'a policy removed': { from: 'wide', edit: (it) => config.removePolicy(it, { group: 'channel' }, 'Auditors') },
  'access control lists': { from: 'raft', edit: (it) => config.setAcls(it, { 'peer/Propose': '/Channel/Readers' }) },
  'a revocation list': {
    from: 'raft',
    edit: (it, { wide }) =>
      config.updateMsp(it, 'Org1MSP', {
        revocationLists: first(wide.orderer.organizations).msp.revocationLists ?? [],
      }),
  },
  'a second root': {
    from: 'wide',
    edit: (it, { wide, raft }) =>
      config.updateMsp(it, 'OrdererMSP', {
        rootCertificates: [wide, raft].flatMap((spec) => first(spec.orderer.organizations).msp.rootCertificates),
      }),
  },
}

/** Versions as on a channel that was changed before: every element another one. */
export function withVersions(changed: common.Config): common.Config {
  let next = 0
  const visit = (group: common.ConfigGroup): void => {
    group.setVersion(next++)
    for (const [, value] of group.getValuesMap().entries()) value.setVersion(next++)
    for (const [, policy] of group.getPoliciesMap().entries()) policy.setVersion(next++)
    for (const [, child] of group.getGroupsMap().entries()) visit(child)
  }
  const group = changed.getChannelGroup()
  if (group) visit(group)
  changed.setSequence(next)
  return changed
}
