// The peer around gopkg.in/macaroon.v2, V2 binary; PROTOCOL.md says what it measures.
package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"gopkg.in/macaroon.v2"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func mint(key, identifier []byte, location string, caveats [][]byte) []byte {
	m, err := macaroon.New(key, identifier, location, macaroon.V2)
	check(err)
	for _, caveat := range caveats {
		check(m.AddFirstPartyCaveat(caveat))
	}
	token, err := m.MarshalBinary()
	check(err)
	return token
}

func attenuate(token []byte, caveats [][]byte) []byte {
	var m macaroon.Macaroon
	check(m.UnmarshalBinary(token))
	for _, caveat := range caveats {
		check(m.AddFirstPartyCaveat(caveat))
	}
	narrowed, err := m.MarshalBinary()
	check(err)
	return narrowed
}

var errUntrue = errors.New("not true")

func verify(token, key []byte, conditions []string) {
	var m macaroon.Macaroon
	check(m.UnmarshalBinary(token))
	check(m.Verify(key, func(caveat string) error {
		for _, condition := range conditions {
			if condition == caveat {
				return nil
			}
		}
		return errUntrue
	}, nil))
}

func measure(name string, operation func()) {
	best := time.Duration(1 << 62)
	for round := 0; round < 9; round++ {
		start, count := time.Now(), 0
		for time.Since(start) < 50*time.Millisecond {
			for i := 0; i < 256; i++ {
				operation()
			}
			count += 256
		}
		if each := time.Since(start) * 100 / time.Duration(count); each < best {
			best = each
		}
	}
	fmt.Printf("%s %.2f\n", name, float64(best)/100)
}

func main() {
	var words [][]byte
	for _, word := range os.Args[1:] {
		value, err := hex.DecodeString(word)
		check(err)
		words = append(words, value)
	}
	key, identifier, location, caveats := words[0], words[1], string(words[2]), words[3:]
	var conditions []string
	for _, caveat := range caveats {
		conditions = append(conditions, string(caveat))
	}
	two := mint(key, identifier, location, caveats[:2])
	five := mint(key, identifier, location, caveats)
	measure("mint", func() { mint(key, identifier, location, caveats) })
	measure("attenuate", func() { attenuate(two, caveats[2:]) })
	measure("verify", func() { verify(five, key, conditions) })
	fmt.Println("token", hex.EncodeToString(attenuate(two, caveats[2:])))
}
