/** The commands that ask a cluster or look at its files. What they do is in a module each, loaded when it is asked for. */
export const COMMANDS: Readonly<Record<string, string>> = {
  topics: 'list, create, describe, alter, delete and reassign topics',
  produce: 'write records, from lines or JSON',
  consume: 'read records',
  groups: 'list and describe groups of all kinds, reset their offsets, delete them',
  configs: 'describe and change settings of topics, brokers, groups and clients',
  acls: 'list, add and remove access control entries',
  'dump-log': 'show what is in segments, indexes, snapshots and checkpoints',
  perf: 'measure how fast records are written and read',
  status: 'the cluster at a glance',
  doctor: 'check a configuration and this machine, and say what to fix',
  completion: 'print completion for bash, zsh or fish',
}
