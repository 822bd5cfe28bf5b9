package websocket

// Call runs user code in the reader's goroutine, unless Close began. Handle uses it. Close does not wait for a reader
// that is in user code, because that code may be what called Close.
func (c *Conn) Call(f func()) { c.call(&c.inReader, f) }

func (c *Conn) call(running *bool, f func()) {
	if !c.mark(running, true) {
		return
	}
	defer c.mark(running, false)
	f()
}

func (c *Conn) mark(running *bool, begin bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if begin && c.closed {
		return false
	}
	*running = begin
	return true
}

// note has a reconnect reported. One goroutine reports, in order, and lives only while there is something to report.
func (c *Conn) note(cause error) {
	if c.cfg.OnReconnect == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes = append(c.notes, cause)
	if c.reporting == nil && !c.closed {
		c.reporting = make(chan struct{})
		go c.report(c.reporting)
	}
}

func (c *Conn) report(done chan struct{}) {
	defer close(done)
	for {
		cause, ok := c.nextNote()
		if !ok {
			return
		}
		c.call(&c.inNotes, func() { c.cfg.OnReconnect(cause) })
	}
}

func (c *Conn) nextNote() (error, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.notes) == 0 || c.closed {
		c.reporting = nil
		return nil, false
	}
	cause := c.notes[0]
	c.notes = c.notes[1:]
	return cause, true
}
