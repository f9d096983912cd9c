//! The other process, seen from here: started with this same binary, ordered about over its standard input.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::orders::{Order, Ran, Said};
use crate::BenchFault;

/// The hidden sub-command that carries out orders.
pub(crate) const COMMAND: &str = "relay-load";

/// A running load. Dropping it ends the process.
pub(crate) struct LoadProcess {
    child: Child,
    orders: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
}

impl LoadProcess {
    /// Starts it, on a core of its own if told which.
    pub(crate) fn start(core: Option<usize>) -> Result<LoadProcess, BenchFault> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", COMMAND]).stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(core) = core {
            command.args(["--core", &core.to_string()]);
        }
        let mut child = command.spawn()?;
        let (orders, said) = (child.stdin.take(), child.stdout.take().ok_or("the load has no output")?);
        Ok(LoadProcess { child, orders, said: BufReader::new(said) })
    }

    /// Gives an order.
    pub(crate) fn order(&mut self, order: &Order) -> Result<(), BenchFault> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        Ok(self.orders.as_mut().ok_or("the load has no input")?.write_all(&line)?)
    }

    /// Waits for the next message.
    pub(crate) fn hear(&mut self) -> Result<Said, BenchFault> {
        let mut line = String::new();
        if self.said.read_line(&mut line)? == 0 {
            return Err("the load ended early; see above".into());
        }
        Ok(serde_json::from_str(&line)?)
    }

    /// Orders a run and waits for its end.
    pub(crate) fn run(&mut self, order: &Order) -> Result<Ran, BenchFault> {
        self.order(order)?;
        match self.hear()? {
            Said::Ran(ran) => Ok(ran),
            _ => Err("the load spoke out of turn".into()),
        }
    }
}

impl Drop for LoadProcess {
    fn drop(&mut self) {
        self.orders = None; // it ends when there is nothing more to carry out
        let _ = self.child.wait();
    }
}
