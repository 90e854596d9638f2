export type {
  ApprovalInput,
  ApprovedDefinition,
  Approver,
  ApproveTogetherOptions,
  CommitReadiness,
} from './approval.ts'
export { approvedDefinition, approveTogether, commitReadiness, prepareApproval } from './approval.ts'
export type { CommittedDefinition } from './commit.ts'
export { committedDefinition, committedDefinitions, prepareCommit, prepareInit, sameDefinition } from './commit.ts'
export type { ContractDefinition, EndorsementPolicy, PrivateCollection } from './definition.ts'
export type { InstalledPackage } from './installed.ts'
export { installedPackage, installedPackages, installPackage } from './installed.ts'
export type { ContractPackage, ContractPackageInput, ContractService, PackageContents } from './package.ts'
export { contractPackageType, packageContract, packageId, readPackage } from './package.ts'
