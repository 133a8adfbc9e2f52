/** Steps in which the two brokers answer otherwise, and why it stays so: by title, and each must still be there. */
export const DIFFERENCES: Readonly<Record<string, string>> = {
  'share groups: a fetch of an unknown topic':
    'documented is UNKNOWN_TOPIC_ID for the partition; Apache Kafka fails all of the request, as unexpected, over the name that is missing',
  'share groups: a fetch of an unknown topic and one that is known': 'the same',
  'share groups: a fetch of no topic': 'the same',
  'share groups: a fetch of a topic that is gone': 'the same',
  'share groups: offsets of negative partitions':
    'Apache Kafka fails all of the request, as unexpected; here the partition is said to be the mistake',
  'DescribeTopicPartitions v0, refused: no name':
    'Apache Kafka fails all of the request, as unexpected, over a cursor that was not given; here it is an invalid name',
  'AlterConfigs v2, refused: of a topic that is given twice':
    'Apache Kafka trips over the answer that it meant to give and gives none; here it is given',
}
