import type { NetworkSpec } from '@cello/model'

/** A change of a document, as a caller would make it. */
export type Edit = (spec: NetworkSpec) => unknown

/** The contract on the first channel, in place of an older version of it. */
export function deploy(name: string, version: string, digest: string): Edit {
  return (spec) => {
    const channel = spec.channels[0]
    const contracts = (channel?.contracts ?? []).filter((contract) => contract.name !== name)
    Object.assign(channel ?? {}, { contracts: [...contracts, { name, version, package: digest }] })
  }
}

export function addPeer(organization: string, name: string): Edit {
  return (spec) => {
    const org = spec.organizations.find((candidate) => candidate.name === organization)
    Object.assign(org ?? {}, { peers: [...(org?.peers ?? []), { name }] })
  }
}

export function addOrderer(organization: string, name: string): Edit {
  return (spec) => {
    const org = spec.organizations.find((candidate) => candidate.name === organization)
    Object.assign(org ?? {}, { orderers: [...(org?.orderers ?? []), { name }] })
  }
}

export function addChannel(name: string): Edit {
  return (spec) => {
    Object.assign(spec, { channels: [...spec.channels, { name }] })
  }
}

export function removeOrderer(organization: string, name: string): Edit {
  return (spec) => {
    const org = spec.organizations.find((candidate) => candidate.name === organization)
    Object.assign(org ?? {}, { orderers: (org?.orderers ?? []).filter((node) => node.name !== name) })
  }
}
