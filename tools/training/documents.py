# ruff: noqa: E501
"""Writes small structured documents of kinds that packages seldom hold: notebooks, manifests, workflows, maps, pages, feeds."""

import json
import random
from collections.abc import Iterator

from simulate import CITIES, FIRST, LAST, WORDS

CELLS = [
    "# Data analysis\n\nIn this notebook we load the data set, clean it and plot the results.",
    "import os\nimport numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\nimport seaborn as sns\n%matplotlib inline",
    "df = pd.read_csv('data/{w}.csv')\ndf.head()",
    "df.info()\ndf.describe()",
    "## Preprocessing\n\nMissing values are replaced by the mean of the column.",
    "df = df.dropna(subset=['{w}'])\ndf['{w2}'] = df['{w2}'].fillna(df['{w2}'].mean())\ndf.groupby('{w}')['{w2}'].mean().sort_values(ascending=False)",
    "fig, ax = plt.subplots(figsize=(10, 6))\nax.plot(df['{w}'], df['{w2}'], label='{w}')\nax.set_xlabel('{w}')\nax.set_ylabel('{w2}')\nax.legend()\nplt.show()",
    "from sklearn.model_selection import train_test_split\nfrom sklearn.linear_model import LinearRegression\n\n"
    "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)\nmodel = LinearRegression()\n"
    "model.fit(X_train, y_train)\nprint('R^2 score:', model.score(X_test, y_test))",
    "import torch\nimport torch.nn as nn\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.fc1 = nn.Linear(784, 128)\n        self.fc2 = nn.Linear(128, 10)\n\n    def forward(self, x):\n"
    "        x = torch.relu(self.fc1(x))\n        return self.fc2(x)",
    "for epoch in range(num_epochs):\n    for i, (images, labels) in enumerate(train_loader):\n        optimizer.zero_grad()\n"
    "        outputs = model(images)\n        loss = criterion(outputs, labels)\n        loss.backward()\n        optimizer.step()",
]


def notebook(rng: random.Random) -> str:
    """A Jupyter notebook with code, text and plain outputs."""
    cells = []
    for number, template in enumerate(rng.sample(CELLS, 6), 1):
        text = template.replace("{w}", rng.choice(WORDS)).replace("{w2}", rng.choice(WORDS))
        source = text.splitlines(keepends=True)
        if text.startswith("#"):
            cells.append({"cell_type": "markdown", "metadata": {}, "source": source})
            continue
        outputs: list[dict[str, object]] = []
        if "head" in text or "groupby" in text:
            table = "   " + rng.choice(WORDS) + "  " + rng.choice(WORDS) + "\n"
            rows = [f"{k}  {rng.gauss(5, 2):.6f}  {rng.gauss(5, 2):.6f}\n" for k in range(5)]
            outputs = [
                {
                    "data": {"text/plain": [table, *rows]},
                    "execution_count": number,
                    "metadata": {},
                    "output_type": "execute_result",
                }
            ]
        elif "print" in text:
            outputs = [
                {"name": "stdout", "output_type": "stream", "text": [f"R^2 score: {rng.random():.12f}\n"]}
            ]
        elif "plot" in text:
            outputs = [
                {
                    "data": {"text/plain": ["<Figure size 1000x600 with 1 Axes>"]},
                    "metadata": {},
                    "output_type": "display_data",
                }
            ]
        cells.append(
            {
                "cell_type": "code",
                "execution_count": number,
                "metadata": {},
                "outputs": outputs,
                "source": source,
            }
        )
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {
            "codemirror_mode": {"name": "ipython", "version": 3}, "file_extension": ".py", "mimetype": "text/x-python", "name": "python",
            "nbconvert_exporter": "python", "pygments_lexer": "ipython3", "version": f"3.{rng.randrange(8, 13)}.{rng.randrange(12)}",
        },
    }  # fmt: skip
    return (
        json.dumps(
            {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": rng.choice([2, 4, 5])},
            indent=1,
        )
        + "\n"
    )


def map_features(rng: random.Random) -> str:
    """GeoJSON: points, lines and polygons with properties."""
    features = []
    for number in range(rng.randrange(5, 14)):
        x, y = rng.uniform(-120, 140), rng.uniform(-40, 65)
        ring = [
            [round(x + rng.uniform(-1, 1), 6), round(y + rng.uniform(-1, 1), 6)]
            for _ in range(rng.randrange(4, 9))
        ]
        geometry = rng.choice([
            {"type": "Point", "coordinates": ring[0]}, {"type": "LineString", "coordinates": ring},
            {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, {"type": "MultiPolygon", "coordinates": [[[*ring, ring[0]]]]},
        ])  # fmt: skip
        properties = {
            "id": number,
            "name": rng.choice(CITIES),
            "population": rng.randrange(10**6),
            "area": round(rng.uniform(1, 900), 3),
        }
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    return (
        json.dumps(
            {"type": "FeatureCollection", "crs": crs, "features": features},
            indent=rng.choice([None, None, 2, 4]),
        )
        + "\n"
    )


def kubernetes(rng: random.Random) -> str:
    """A deployment and its service."""
    name, port = rng.choice(WORDS), rng.choice([80, 3000, 8000, 8080])
    return f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: default
  labels:
    app: {name}
    app.kubernetes.io/name: {name}
    app.kubernetes.io/managed-by: Helm
spec:
  replicas: {rng.randrange(1, 6)}
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
        - name: {name}
          image: registry.example.com/{name}:{rng.randrange(5)}.{rng.randrange(20)}.{rng.randrange(9)}
          imagePullPolicy: IfNotPresent
          ports:
            - containerPort: {port}
              protocol: TCP
          env:
            - name: LOG_LEVEL
              value: "info"
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: {name}-secrets
                  key: database-url
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              cpu: 500m
              memory: 512Mi
          livenessProbe:
            httpGet:
              path: /healthz
              port: {port}
            initialDelaySeconds: 10
            periodSeconds: 10
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  type: ClusterIP
  ports:
    - port: 80
      targetPort: {port}
  selector:
    app: {name}
"""


def workflow(rng: random.Random) -> str:
    """A workflow of continuous integration and a compose file."""
    name = rng.choice(WORDS)
    return f"""name: CI

on:
  push:
    branches: [main]
  pull_request:
    branches: [main]

jobs:
  build:
    runs-on: ${{{{ matrix.os }}}}
    strategy:
      fail-fast: false
      matrix:
        os: [ubuntu-latest, windows-latest, macos-latest]
        python-version: ["3.9", "3.10", "3.11", "3.12"]
    steps:
      - uses: actions/checkout@v4
      - name: Set up Python ${{{{ matrix.python-version }}}}
        uses: actions/setup-python@v5
        with:
          python-version: ${{{{ matrix.python-version }}}}
      - name: Install dependencies
        run: |
          python -m pip install --upgrade pip
          pip install -r requirements.txt
      - name: Test with pytest
        run: pytest --cov={name} --cov-report=xml
      - name: Upload coverage to Codecov
        uses: codecov/codecov-action@v3
version: "3.8"

services:
  {name}:
    build: .
    image: {name}:latest
    restart: unless-stopped
    ports:
      - "8080:80"
    environment:
      - POSTGRES_USER=postgres
      - POSTGRES_PASSWORD=${{DB_PASSWORD}}
    volumes:
      - ./data:/var/lib/{name}/data
    depends_on:
      - db
  db:
    image: postgres:15-alpine
    volumes:
      - db-data:/var/lib/postgresql/data

volumes:
  db-data:
"""


def page(rng: random.Random) -> str:
    """A web page with the usual head, a navigation, a form and a table."""
    name = rng.choice(WORDS).title()
    rows = "\n".join(
        f"          <tr>\n            <td>{rng.choice(FIRST)} {rng.choice(LAST)}</td>\n            <td>{rng.choice(CITIES)}</td>\n"
        f'            <td class="text-right">{rng.uniform(1, 999):.2f}</td>\n          </tr>'
        for _ in range(rng.randrange(2, 6))
    )
    return f"""<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="X-UA-Compatible" content="IE=edge">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="description" content="{name} - Example">
    <meta property="og:title" content="{name}">
    <title>{name} | Example</title>
    <link rel="icon" type="image/x-icon" href="/favicon.ico">
    <link rel="stylesheet" href="https://cdn.jsdelivr.net/npm/bootstrap@5.3.0/dist/css/bootstrap.min.css" integrity="sha384-" crossorigin="anonymous">
    <link href="css/style.css" rel="stylesheet" type="text/css">
    <script src="https://code.jquery.com/jquery-3.6.0.min.js"></script>
    <script async src="https://www.googletagmanager.com/gtag/js?id=UA-000000-1"></script>
  </head>
  <body class="home">
    <nav class="navbar navbar-expand-lg navbar-light bg-light">
      <a class="navbar-brand" href="/"><img src="img/logo.png" alt="Logo" width="120" height="40"></a>
      <ul class="navbar-nav">
        <li class="nav-item active"><a class="nav-link" href="index.html">Home</a></li>
        <li class="nav-item"><a class="nav-link" href="about.html">About us</a></li>
        <li class="nav-item"><a class="nav-link" href="contact.html">Contact</a></li>
      </ul>
    </nav>
    <div class="container">
      <h1>{name}</h1>
      <p>Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.</p>
      <table class="table table-striped">
        <tbody>
{rows}
        </tbody>
      </table>
      <form action="/search" method="get">
        <label for="q">Search</label>
        <input type="text" class="form-control" id="q" name="q" placeholder="Search..." required>
        <button type="submit" class="btn btn-primary">Submit</button>
      </form>
    </div>
    <footer class="footer"><p>&copy; 20{rng.randrange(15, 26)} Example Inc. All rights reserved. <a href="/privacy">Privacy Policy</a></p></footer>
    <script src="js/main.js"></script>
  </body>
</html>
"""


def feed(rng: random.Random) -> str:
    """A news feed, a site map or a track of positions."""
    which = rng.randrange(3)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    count = rng.randrange(4, 10)
    if which == 0:
        items = "".join(
            f"    <item>\n      <title>{rng.choice(WORDS).title()} {rng.choice(WORDS)}</title>\n      <link>https://www.example.com/{rng.choice(WORDS)}/{rng.randrange(999)}</link>\n"
            f"      <description><![CDATA[<p>{rng.choice(WORDS)}</p>]]></description>\n      <pubDate>Mon, {rng.randrange(10, 29)} Jan 2024 10:{rng.randrange(10, 60)}:00 +0000</pubDate>\n"
            f'      <guid isPermaLink="false">{rng.randrange(10**9)}</guid>\n    </item>\n'
            for _ in range(count)
        )
        return f'{head}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">\n  <channel>\n    <title>Example</title>\n{items}  </channel>\n</rss>\n'
    if which == 1:
        urls = "".join(
            f"  <url>\n    <loc>https://www.example.com/{rng.choice(WORDS)}</loc>\n    <lastmod>2024-0{rng.randrange(1, 10)}-1{rng.randrange(10)}</lastmod>\n    <changefreq>weekly</changefreq>\n    <priority>0.{rng.randrange(1, 9)}</priority>\n  </url>\n"
            for _ in range(count)
        )
        return f'{head}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    x, y = rng.uniform(-10, 20), rng.uniform(40, 55)
    points = ""
    for second in range(count * 3):
        x, y = x + rng.gauss(0, 1e-4), y + rng.gauss(0, 1e-4)
        points += f'      <trkpt lat="{y:.7f}" lon="{x:.7f}">\n        <ele>{rng.uniform(200, 210):.1f}</ele>\n        <time>2023-07-15T09:12:{second:02}Z</time>\n      </trkpt>\n'
    return f'{head}<gpx version="1.1" creator="Example" xmlns="http://www.topografix.com/GPX/1/1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n  <trk>\n    <name>Track</name>\n    <trkseg>\n{points}    </trkseg>\n  </trk>\n</gpx>\n'


def settings(rng: random.Random) -> str:
    """JSON settings, manifests and schemas."""
    name = rng.choice(WORDS)
    several: list[dict[str, object]] = [
        {"name": f"@example/{name}", "version": "1.0.0", "description": "", "main": "dist/index.js", "types": "dist/index.d.ts", "type": "module", "scripts": {"build": "tsc", "start": "node dist/index.js", "test": "jest", "lint": "eslint . --ext .ts,.tsx"}, "repository": {"type": "git", "url": f"git+https://github.com/example/{name}.git"}, "keywords": [name], "author": "", "license": "MIT", "dependencies": {"express": "^4.18.2", "lodash": "^4.17.21", "react": "^18.2.0", "react-dom": "^18.2.0", "axios": "^1.6.0"}, "devDependencies": {"@types/node": "^20.4.2", "eslint": "^8.45.0", "jest": "^29.6.1", "typescript": "^5.1.6", "webpack": "^5.88.2", "prettier": "^3.0.0"}, "engines": {"node": ">=18"}},
        {"compilerOptions": {"target": "ES2020", "module": "commonjs", "lib": ["dom", "dom.iterable", "esnext"], "strict": True, "esModuleInterop": True, "skipLibCheck": True, "forceConsistentCasingInFileNames": True, "outDir": "./dist", "rootDir": "./src", "jsx": "react-jsx"}, "include": ["src/**/*"], "exclude": ["node_modules", "dist"]},
        {"$schema": "http://json-schema.org/draft-07/schema#", "$id": f"https://example.com/{name}.schema.json", "title": name.title(), "type": "object", "properties": {"id": {"type": "integer", "minimum": 0}, "name": {"type": "string", "description": f"The name of the {name}"}, "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "status": {"enum": ["active", "inactive"]}}, "required": ["id", "name"], "additionalProperties": False},
        {"openapi": "3.0.3", "info": {"title": f"{name.title()} API", "version": "1.0.0"}, "servers": [{"url": "https://api.example.com/v1"}], "paths": {f"/{name}s": {"get": {"summary": f"List all {name}s", "operationId": f"list{name.title()}s", "parameters": [{"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "format": "int32"}}], "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name.title()}"}}}}, "default": {"description": "unexpected error"}}}}}},
        {"model": {"name": "resnet50", "num_layers": 12, "hidden_size": 768, "dropout": 0.1, "activation": "relu"}, "training": {"batch_size": 64, "epochs": 100, "learning_rate": 0.001, "optimizer": "adam", "weight_decay": 1e-4, "seed": 42, "device": "cuda"}, "data": {"train": "data/train.csv", "val": "data/val.csv", "num_workers": 8}, "logging": {"level": "INFO", "wandb": False, "output_dir": "results/"}},
        {"data": [{"id": rng.randrange(999), "attributes": {"title": name, "createdAt": "2024-01-15T10:30:00.000Z", "updatedAt": "2024-01-15T10:30:00.000Z", "published": True}, "relationships": {"author": {"data": {"type": "users", "id": "1"}}}}], "meta": {"pagination": {"page": 1, "pageSize": 25, "pageCount": 1, "total": 1}}, "links": {"self": f"https://api.example.com/v1/{name}", "next": None}},
        {"created_at": "Mon Jan 15 10:30:00 +0000 2024", "id": rng.randrange(10**17), "text": f"Just posted a new {name} https://example.com/{name}", "user": {"id": rng.randrange(10**9), "name": rng.choice(FIRST), "screen_name": name, "location": rng.choice(CITIES), "followers_count": rng.randrange(5000), "verified": False, "profile_image_url": "https://example.com/images/profile.jpg"}, "retweet_count": 0, "favorite_count": 3, "lang": "en"},
        {"error": {"code": 404, "message": "Not Found", "details": [], "status": "NOT_FOUND", "request_id": f"{rng.randrange(10**12):x}"}, "success": False, "timestamp": 1700000000 + rng.randrange(10**7)},
    ]  # fmt: skip
    return json.dumps(rng.choice(several), indent=rng.choice([2, 2, 4, None])) + "\n"


MAKERS = [notebook, map_features, settings, page, kubernetes, feed, settings, workflow, notebook, settings]


def documents(seed: int, count: int) -> Iterator[str]:
    """Documents of all kinds by turns."""
    rng = random.Random(seed)
    for number in range(count):
        yield MAKERS[number % len(MAKERS)](rng)
