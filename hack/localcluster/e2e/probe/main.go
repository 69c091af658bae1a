// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command probe is the program that the end-to-end test runs in pods. It does
// what the test asks for over HTTP and says what it saw.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

// patience is how long one question may take.
const patience = 5 * time.Second

func main() {
	if len(os.Args) > 1 {
		fmt.Println(os.Args[1])
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /peer", peer)
	mux.HandleFunc("GET /lookup", lookup)
	mux.HandleFunc("GET /fetch", fetch)
	mux.HandleFunc("PUT /file", writeFile)
	mux.HandleFunc("GET /file", readFile)
	log.Print("Listening")
	server := &http.Server{Addr: ":8080", Handler: mux, ReadHeaderTimeout: patience}
	log.Fatal(server.ListenAndServe())
}

// peer tells the caller's address.
func peer(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, r.RemoteAddr)
}

func lookup(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, r.FormValue("name"))
	answer(w, fmt.Sprint(addresses), err)
}

func fetch(w http.ResponseWriter, r *http.Request) {
	client := &http.Client{Timeout: patience}
	response, err := client.Get(r.FormValue("url"))
	if err != nil {
		answer(w, "", err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	answer(w, string(body), err)
}

func writeFile(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = os.WriteFile(r.FormValue("path"), body, 0o600)
	}
	answer(w, "", err)
}

func readFile(w http.ResponseWriter, r *http.Request) {
	text, err := os.ReadFile(r.FormValue("path"))
	answer(w, string(text), err)
}

func answer(w http.ResponseWriter, text string, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Fprint(w, text)
}
