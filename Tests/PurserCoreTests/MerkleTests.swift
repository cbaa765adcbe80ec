import LibCrypto
import PurserCore
import PurserTesting
import Testing

@Suite struct MerkleTests {
  /// The leaves and roots that Certificate Transparency's programs are tested with.
  static let leaves = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ].map { Hex.decode($0) ?? [] }
  static let roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  @Test func `the roots of the published trees come out`() {
    var range = MerkleRange()
    var completed: [MerkleRange.Completed] = []
    #expect(Hex.encode(range.root.bytes) == Self.roots[0])
    for (index, leaf) in Self.leaves.enumerated() {
      range.append(MerkleHash.leaf(leaf[...]), completed: &completed)
      #expect(Hex.encode(range.root.bytes) == Self.roots[index + 1])
    }
    #expect(completed.isEmpty)
  }

  @Test func `the published proofs come out and hold`() throws {
    let tree = PlainTree(leaves: Self.leaves)
    let path = try tree.path(index: 5, size: 8)
    #expect(
      path.map { Hex.encode($0.bytes) } == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", Self.roots[4],
      ])
    let growth = try tree.growth(from: 1, to: 8)
    #expect(
      growth.map { Hex.encode($0.bytes) } == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ])
  }

  @Test func `every proof of small trees is that of the recursive definition, and holds`() throws {
    let tree = PlainTree(leaves: (0..<40).map { [UInt8($0)] })
    for size in 1...40 {
      let root = tree.root(0..<size)
      for index in 0..<size {
        let path = try tree.path(index: index, size: size)
        #expect(path == tree.plainPath(index, 0..<size), "\(index) of \(size)")
        let leaf = tree.root(index..<(index + 1))
        #expect(
          MerkleProof.root(leaf: leaf, index: UInt64(index), size: UInt64(size), path: path) == root
        )
        for wrong in [index - 1, index + 1] where wrong >= 0 {
          let found = MerkleProof.root(
            leaf: leaf, index: UInt64(wrong), size: UInt64(size), path: path)
          #expect(found != root, "\(index) taken for \(wrong) of \(size)")
        }
      }
      for earlier in 1...size {
        let path = try tree.growth(from: earlier, to: size)
        #expect(path == tree.plainGrowth(earlier, 0..<size, true), "\(earlier) to \(size)")
        try expectGrowth(tree, earlier, size, path)
      }
    }
  }

  private func expectGrowth(
    _ tree: PlainTree, _ earlier: Int, _ size: Int, _ path: [SHA256Digest]
  ) throws {
    func holds(_ old: SHA256Digest, _ new: SHA256Digest, _ path: [SHA256Digest]) -> Bool {
      MerkleProof.isConsistent(
        earlier: UInt64(earlier), earlierRoot: old, size: UInt64(size), root: new, path: path)
    }
    let (old, new) = (tree.root(0..<earlier), tree.root(0..<size))
    #expect(holds(old, new, path), "\(earlier) to \(size)")
    #expect(!holds(.zero, new, path) && !holds(old, .zero, path))
    #expect(!holds(old, new, path + [.zero]))
    for place in path.indices {
      var changed = path
      changed[place] = .zero
      #expect(!holds(old, new, changed), "\(earlier) to \(size), hash \(place)")
    }
  }

  @Test func `a tree of random size has the root of the recursive definition`() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<20 {
      let size = Int.random(in: 0...1500, using: &random)
      let tree = PlainTree(leaves: (0..<size).map { _ in random.bytes(3) })
      var range = MerkleRange()
      var completed: [MerkleRange.Completed] = []
      for hash in tree.hashes { range.append(hash, completed: &completed) }
      #expect(range.root == tree.root(0..<size), "seed \(seed)")
      #expect(completed.count == size / 256, "seed \(seed)")
      for item in completed {
        let start = Int(item.subtree.number) * 256
        #expect(item.subtree.level == 8 && item.hash == tree.root(start..<(start + 256)))
      }
      var parts = MerkleRange()
      for subtree in MerkleSubtree.covering(0..<UInt64(size)) {
        let start = Int(subtree.number) << subtree.level
        parts.append(tree.root(start..<(start + 1 << subtree.level)), level: subtree.level)
      }
      #expect(parts == range, "seed \(seed)")
    }
  }

  @Test func `numbers that no tree has are refused and never trap`() {
    #expect(MerkleProof.inclusionParts(index: 0, size: 0) == nil)
    #expect(MerkleProof.inclusionParts(index: .max, size: .max) == nil)
    #expect(MerkleProof.inclusionParts(index: 0, size: .max)?.count == 64)
    #expect(MerkleProof.inclusionParts(index: .max - 1, size: .max)?.count == 63)
    #expect(MerkleProof.consistencyParts(from: 0, to: 5) == nil)
    #expect(MerkleProof.consistencyParts(from: 6, to: 5) == nil)
    #expect(MerkleProof.consistencyParts(from: 5, to: 5) == [])
    #expect((MerkleProof.consistencyParts(from: .max - 1, to: .max)?.count ?? 0) > 0)
    #expect(MerkleSubtree.covering(0 ..< .max).count == 64)
    #expect(MerkleProof.root(leaf: .zero, index: 0, size: .max, path: []) == nil)
    #expect(
      !MerkleProof.isConsistent(
        earlier: 3, earlierRoot: .zero, size: .max, root: .zero, path: []))
  }
}

/// The tree as RFC 6962 §2.1 defines it, recursively over all leaves.
private struct PlainTree {
  let hashes: [SHA256Digest]

  init(leaves: [[UInt8]]) {
    hashes = leaves.compactMap { SHA256Digest(SHA256.hash([0] + $0)) }
  }

  func root(_ leaves: Range<Int>) -> SHA256Digest {
    if leaves.count == 1 { return hashes[leaves.lowerBound] }
    let bytes: [UInt8]
    if leaves.isEmpty {
      bytes = []
    } else {
      let middle = split(leaves)
      bytes =
        [1] + root(leaves.lowerBound..<middle).bytes + root(middle..<leaves.upperBound).bytes
    }
    return SHA256Digest(SHA256.hash(bytes)) ?? .zero
  }

  private func split(_ leaves: Range<Int>) -> Int {
    var power = 1
    while power * 2 < leaves.count { power *= 2 }
    return leaves.lowerBound + power
  }

  func plainPath(_ index: Int, _ leaves: Range<Int>) -> [SHA256Digest] {
    guard leaves.count > 1 else { return [] }
    let middle = split(leaves)
    return index < middle
      ? plainPath(index, leaves.lowerBound..<middle) + [root(middle..<leaves.upperBound)]
      : plainPath(index, middle..<leaves.upperBound) + [root(leaves.lowerBound..<middle)]
  }

  /// SUBPROOF of §2.1.2; `earlier` counts from the first leaf of all.
  func plainGrowth(_ earlier: Int, _ leaves: Range<Int>, _ isWhole: Bool) -> [SHA256Digest] {
    if earlier == leaves.upperBound { return isWhole ? [] : [root(leaves)] }
    let middle = split(leaves)
    return earlier <= middle
      ? plainGrowth(earlier, leaves.lowerBound..<middle, isWhole)
        + [root(middle..<leaves.upperBound)]
      : plainGrowth(earlier, middle..<leaves.upperBound, false)
        + [root(leaves.lowerBound..<middle)]
  }

  func path(index: Int, size: Int) throws -> [SHA256Digest] {
    let parts = try #require(MerkleProof.inclusionParts(index: UInt64(index), size: UInt64(size)))
    return parts.map { root(Int($0.lowerBound)..<Int($0.upperBound)) }
  }

  func growth(from earlier: Int, to size: Int) throws -> [SHA256Digest] {
    let parts = try #require(MerkleProof.consistencyParts(from: UInt64(earlier), to: UInt64(size)))
    return parts.map { root(Int($0.lowerBound)..<Int($0.upperBound)) }
  }
}
