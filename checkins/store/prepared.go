package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// runner runs statements: a transaction, or the writer's own connection.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
	QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error)
}

// prepared is SQLite's writing connection with the statements that it has seen:
// reading a statement takes SQLite longer than running it. (On PostgreSQL the
// driver keeps them.) Only the writer uses it. No statement holds a value, so
// there are no more of them than stand in this package.
type prepared struct {
	conn       *sqlx.Conn
	statements map[string]*sqlx.Stmt
}

func (p *prepared) open(ctx context.Context, db *sqlx.DB) error {
	if p.conn != nil {
		return nil
	}
	conn, err := db.Connx(ctx)
	if err != nil {
		return err
	}
	// What a savepoint may have to undo is kept in memory: in a file, which is what
	// SQLite does otherwise, it costs as much as the commit.
	if _, err := conn.ExecContext(ctx, `PRAGMA temp_store = MEMORY`); err != nil {
		return errors.Join(err, conn.Close())
	}
	p.conn, p.statements = conn, map[string]*sqlx.Stmt{}
	return nil
}

// close gives the connection back; the next open begins anew.
func (p *prepared) close() error {
	if p.conn == nil {
		return nil
	}
	var errs []error
	for _, s := range p.statements {
		errs = append(errs, s.Close())
	}
	errs = append(errs, p.conn.Close())
	p.conn, p.statements = nil, nil
	return errors.Join(errs...)
}

func (p *prepared) statement(ctx context.Context, query string) (*sqlx.Stmt, error) {
	if s := p.statements[query]; s != nil {
		return s, nil
	}
	s, err := p.conn.PreparexContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	p.statements[query] = s
	return s, nil
}

// ExecContext runs a statement that returns no rows.
func (p *prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// GetContext reads one row into dest.
func (p *prepared) GetContext(ctx context.Context, dest any, query string, args ...any) error {
	s, err := p.statement(ctx, query)
	if err != nil {
		return err
	}
	return s.GetContext(ctx, dest, args...)
}

// SelectContext reads rows into the slice dest.
func (p *prepared) SelectContext(ctx context.Context, dest any, query string, args ...any) error {
	s, err := p.statement(ctx, query)
	if err != nil {
		return err
	}
	return s.SelectContext(ctx, dest, args...)
}

// QueryxContext reads rows one by one.
func (p *prepared) QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error) {
	s, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryxContext(ctx, args...)
}

func (p *prepared) run(query string) error {
	_, err := p.ExecContext(context.Background(), query)
	return err
}
