// The peer around gopkg.in/macaroon.v2; PROTOCOL.md says what it reads and writes.
package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"gopkg.in/macaroon.v2"
)

func fromHex(word string) []byte {
	if word == "-" {
		return []byte{}
	}
	value, err := hex.DecodeString(word)
	if err != nil {
		panic(err)
	}
	return value
}

func toHex(value []byte) string {
	if len(value) == 0 {
		return "-"
	}
	return hex.EncodeToString(value)
}

func parse(format string, token []byte) (*macaroon.Macaroon, error) {
	var m macaroon.Macaroon
	if format == "v2json" {
		return &m, m.UnmarshalJSON(token)
	}
	return &m, m.UnmarshalBinary(token)
}

func write(format string, m *macaroon.Macaroon) (string, error) {
	marshal := m.MarshalBinary
	if format == "v2json" {
		marshal = m.MarshalJSON
	}
	token, err := marshal()
	return "ok " + toHex(token), err
}

func add(m *macaroon.Macaroon, words []string) error {
	for _, word := range words {
		var err error
		if rest, found := strings.CutPrefix(word, "t:"); found {
			parts := strings.Split(rest, ":")
			err = m.AddThirdPartyCaveat(fromHex(parts[1]), fromHex(parts[2]), string(fromHex(parts[0])))
		} else {
			err = m.AddFirstPartyCaveat(fromHex(word))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func show(m *macaroon.Macaroon) string {
	words := []string{"ok", toHex([]byte(m.Location())), toHex(m.Id()), toHex(m.Signature())}
	for _, caveat := range m.Caveats() {
		word := toHex(caveat.Id)
		if len(caveat.VerificationId) > 0 {
			word = "t:" + word + ":" + toHex(caveat.VerificationId) + ":" + toHex([]byte(caveat.Location))
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func answer(words []string) (string, error) {
	format := words[1]
	switch words[0] {
	case "mint":
		version := macaroon.V2
		if format == "v1" {
			version = macaroon.V1
		}
		m, err := macaroon.New(fromHex(words[2]), fromHex(words[3]), string(fromHex(words[4])), version)
		if err != nil {
			return "", err
		}
		if err := add(m, words[5:]); err != nil {
			return "", err
		}
		return write(format, m)
	case "attenuate":
		m, err := parse(format, fromHex(words[2]))
		if err != nil {
			return "", err
		}
		if err := add(m, words[3:]); err != nil {
			return "", err
		}
		return write(format, m)
	case "verify":
		m, err := parse(format, fromHex(words[3]))
		if err != nil {
			return "", err
		}
		accepted := map[string]bool{}
		for _, word := range words[4:] {
			accepted[string(fromHex(word))] = true
		}
		return "ok", m.Verify(fromHex(words[2]), func(condition string) error {
			if !accepted[condition] {
				return errors.New("not accepted")
			}
			return nil
		}, nil)
	default:
		m, err := parse(format, fromHex(words[2]))
		if err != nil {
			return "", err
		}
		return show(m), nil
	}
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<24)
	for input.Scan() {
		words := strings.Fields(input.Text())
		reply, err := answer(words)
		if err != nil && words[0] == "verify" {
			reply = "refused"
		} else if err != nil {
			reply = "error"
		}
		fmt.Println(reply)
	}
}
