/** The filter of DescribeAcls and DeleteAcls that every ACL passes. */
export const ALL_ACLS = {
  resourceTypeFilter: 1,
  resourceNameFilter: null,
  patternTypeFilter: 1,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
}
