// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tunnel

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/streaming/pkg/httpstream"
)

// maxComplaint is the most bytes of the node's error message that are read.
const maxComplaint = 4 << 10

// complaintWithin is how long the end of a connection waits for the node's error message.
const complaintWithin = time.Second

// conn is one connection through a tunnel of its own. It has no deadlines: its users bound requests by context.
type conn struct {
	httpstream.Stream
	session httpstream.Connection
	// complaint is what the node says when it cannot reach the port; it is closed after that.
	complaint chan error
}

// newConn opens the pair of streams that carries one connection.
func newConn(session httpstream.Connection, port int) (net.Conn, error) {
	headers := http.Header{}
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	headers.Set(corev1.PortHeader, strconv.Itoa(port))
	headers.Set(corev1.PortForwardRequestIDHeader, "0")
	failures, err := session.CreateStream(headers)
	if err != nil {
		return nil, fmt.Errorf("opening the error stream: %w", err)
	}
	if err := failures.Close(); err != nil { // nothing is written to it
		return nil, fmt.Errorf("half-closing the error stream: %w", err)
	}
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := session.CreateStream(headers)
	if err != nil {
		return nil, fmt.Errorf("opening the data stream: %w", err)
	}
	c := &conn{Stream: data, session: session, complaint: make(chan error, 1)}
	go c.listen(failures)
	return c, nil
}

// listen reads what the node has to say and ends the connection with it: the data stream alone would wait for ever.
func (c *conn) listen(failures io.Reader) {
	defer close(c.complaint)
	text, err := io.ReadAll(io.LimitReader(failures, maxComplaint))
	if err != nil || len(text) == 0 {
		return
	}
	c.complaint <- errors.New(strings.TrimSpace(string(text)))
	_ = c.Stream.Reset() // wakes the reader, which reports the complaint
}

// Read reads from the pod. When the node could not reach the port, the error says why.
func (c *conn) Read(into []byte) (int, error) {
	n, err := c.Stream.Read(into)
	if err == nil || n > 0 {
		return n, err
	}
	select { // the node ends both streams at the same time
	case complaint, said := <-c.complaint:
		if said {
			return n, complaint
		}
	case <-c.session.CloseChan():
	case <-time.After(complaintWithin):
	}
	return n, err
}

// Close ends the connection and its tunnel.
func (c *conn) Close() error {
	return errors.Join(c.Stream.Close(), c.session.Close())
}

func (c *conn) LocalAddr() net.Addr              { return address{} }
func (c *conn) RemoteAddr() net.Addr             { return address{} }
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// address of either end: a tunnel has none.
type address struct{}

func (address) Network() string { return "tunnel" }
func (address) String() string  { return "tunnel" }
