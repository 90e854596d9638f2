/** Channel configs: made, read, changed and signed. Everything here is a function of its arguments. */

export { initialConfig } from './channel-group.ts'
export type {
  ApplicationOrganization,
  ApplicationSpec,
  BatchSettings,
  BftConsenter,
  ChannelCapabilities,
  ChannelSpec,
  ConsensusSpec,
  HostPort,
  MspSpec,
  NodeOus,
  OrdererOrganization,
  OrdererSpec,
  OrganizationSpec,
  OuIdentifier,
  PolicySet,
  RaftConsenter,
} from './channel-spec.ts'
export { computeUpdate } from './compute-update.ts'
export type { BlockConfig } from './config-block.ts'
export { configFromBlock, decodeConfig } from './config-block.ts'
export type { BftOptions, LeaderRotation, RaftOptions } from './consensus-options.ts'
export { defaultBftOptions, defaultRaftOptions } from './consensus-options.ts'
export {
  defaultApplicationPolicies,
  defaultChannelPolicies,
  defaultOrdererOrganizationPolicies,
  defaultOrdererPolicies,
  defaultOrganizationPolicies,
} from './default-policies.ts'
export {
  addBftConsenter,
  addRaftConsenter,
  removeBftConsenter,
  removeRaftConsenter,
  replaceBftConsenter,
  replaceRaftConsenter,
  setBftOptions,
  setRaftOptions,
} from './edit-consensus.ts'
export {
  addApplicationOrganization,
  addOrdererOrganization,
  removeApplicationOrganization,
  removeOrdererOrganization,
  setAnchorPeers,
  setOrdererEndpoints,
  updateMsp,
} from './edit-organizations.ts'
export type { PolicyPlace } from './edit-settings.ts'
export { removePolicy, setAcls, setBatch, setCapabilities, setOrdererAddresses, setPolicy } from './edit-settings.ts'
export type { GenesisOptions } from './genesis-block.ts'
export { genesisBlock } from './genesis-block.ts'
export { goDurationMs } from './go-duration.ts'
export type { JsonObject, JsonValue } from './json/index.ts'
export { decodeJson, encodeJson, formatJson } from './json/index.ts'
export { defaultNodeOus } from './msp-value.ts'
export type { PolicySpec } from './policy-spec.ts'
export { decodePolicy, encodePolicy } from './policy-spec.ts'
export type {
  ApplicationOrganizationConfig,
  ChannelConfig,
  ChannelConsensus,
  OrdererOrganizationConfig,
  OrganizationConfig,
  PolicyTexts,
} from './read-channel-config.ts'
export { readChannelConfig } from './read-channel-config.ts'
export type { ConfigUpdateEnvelopeParts } from './sign-update.ts'
export { configUpdateEnvelope, signConfigUpdate, signConfigUpdateByAll } from './sign-update.ts'
export { checkChannelSpec } from './spec-check.ts'
