// Package zset is the sorted set: members, each with a score, in the order of their
// scores and, where those are equal, of their names.
//
//	Set (16 bytes, inside the key's entry): ref | size | form
//	  small   ref ---> listpack  member score member score ...   in order
//	  large   ref ---> 32 bytes: members | root | bytes | height
//
// A small set is a listpack, byte for byte what DUMP and RDB have. It becomes large, for
// good, when it outgrows the Limits. Clients call the large form "skiplist".
//
// The large form holds every member in a Node (package value) whose prefix is its score.
// The nodes are found in two ways: by name in a table (value.Members), and by position in
// a counted B+-tree:
//
//	inner (1 KiB)  up to 36 children: first score | first node | child | members below
//	leaf (1 KiB)   up to 62 members: next, prev | scores | nodes
//
// Scores stand in the tree, too, so that a search reads a node only among equal scores;
// what an inner says of a child's first member is always exact. Counts make the position
// of a member, and the member at a position, a matter of one descent. The only leaf of a
// tree of height 0 begins smaller and doubles.
//
// Inserting. A full leaf or inner is halved, except at the ends of the tree: what comes
// behind everything, or before it, gets a leaf of its own, so that members which come in
// order leave full leaves behind. A member takes 16 bytes in a leaf: 24 with what is free
// after random insertions.
//
// Removing. What falls below half is joined with a neighbour under the same parent when
// the two fill three quarters at most; else it shrinks until it is empty. So a tree is
// never mostly air: whichever of two neighbours shrank last would have been joined with
// the other.
//
// A Set needs the token of its shard, and the same Allocator at every call. Views of members
// are valid until the set changes; names handed to methods must not lie in the set.
package zset
